//! Which holes operations are told of: each once.

use harborline_types::{RequirementId, Timestamp};

use super::Hole;
use crate::domain::Span;

/// A hole that operations were told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Which requirement.
    pub requirement: RequirementId,
    /// When it is not met, as far as was known at the last look.
    pub span: Span,
    /// The fewest who count for it at any instant.
    pub planned: i32,
    /// When operations were told.
    pub announced_at: Timestamp,
}

/// What there is to be known of the holes found at `now`. Those with `announced_at == now` are new.
///
/// A hole is the one announced before when they overlap: it may have grown, shrunk, or been split. One that was mended
/// is forgotten, so that it is announced again should it come back.
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
