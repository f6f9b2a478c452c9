//! The holes that are announced to operations, each once.

use harborline_types::{RequirementId, Timestamp};

use super::Hole;
use crate::domain::Span;

/// A hole that was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The requirement that is not met.
    pub requirement: RequirementId,
    /// The time in which it is not met, as found by the last check.
    pub span: Span,
    /// The fewest counselors who count for it at any instant.
    pub planned: i32,
    /// The time of the announcement.
    pub announced_at: Timestamp,
}

/// The announcements after the holes found at `now`. Those with `announced_at == now` are new.
///
/// A hole that overlaps one announced before is the same: it has grown, shrunk, or been split. A hole that was filled
/// is forgotten, and so announced again if it comes back.
pub fn announcements(before: &[Announcement], holes: &[Hole], now: Timestamp) -> Vec<Announcement> {
    let look = |hole: &Hole| {
        let same = before.iter().filter(|old| old.requirement == hole.requirement && old.span.overlaps(hole.span));
        let oldest = same.min_by_key(|old| old.announced_at);
        // A hole that has begun is found from now on only; it keeps its beginning.
        let began = oldest.filter(|_| hole.span.from <= now).map(|old| old.span.from);
        let span = Span { from: began.unwrap_or(hole.span.from).min(hole.span.from), ..hole.span };
        let announced_at = oldest.map_or(now, |old| old.announced_at);
        Announcement { requirement: hole.requirement, span, planned: hole.planned, announced_at }
    };
    holes.iter().map(look).collect()
}
