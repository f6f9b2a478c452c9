//! Warnings about a swap: what the roster loses by it.

use std::collections::HashMap;

use harborline_types::{Budget, BudgetSpent, PersonId, Timestamp};

use super::{Duty, Hole};
use crate::domain::shift::{Move, RosterEntry, ShiftDay, ShiftKind, Zone};
use crate::domain::{Counselor, Span, Spans};

/// A loss of the roster by a swap. It is a warning, and never refuses the swap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwapWarning {
    /// A requirement is not met any more, or by fewer counselors than before; with the number that it requires.
    Unmet(Hole, i32),
    /// The day goes from a counselor who is licensed in a jurisdiction to one who is not.
    CredentialMissing(ShiftDay, PersonId, String),
    /// The day goes from a counselor who is licensed in a jurisdiction to one whose license ends before the shift does.
    CredentialEnds(ShiftDay, PersonId, String, Timestamp),
}

/// A roster before a swap and after it.
pub struct Swapped<'a> {
    /// The entries after it.
    pub roster: &'a [RosterEntry],
    /// The counselors on duty before it.
    pub before: &'a Duty,
    /// The counselors on duty after it.
    pub after: &'a Duty,
}

/// The warnings about a move of these days. Only line shifts count.
///
/// # Errors
/// When the budget is spent.
pub fn swap_warnings(
    swapped: &Swapped<'_>,
    moves: &[Move],
    zone: Zone,
    budget: &dyn Budget,
) -> Result<Vec<SwapWarning>, BudgetSpent> {
    let mut warnings = Vec::new();
    for moved in moves {
        let is_it = |entry: &&RosterEntry| entry.shift_day == moved.shift_day && entry.kind == ShiftKind::Line;
        let Some(entry) = swapped.roster.iter().find(is_it) else { continue };
        warnings.extend(unmet(swapped, zone, entry.span, budget)?);
        warnings.extend(licenses(swapped, moved, entry.span));
    }
    Ok(warnings)
}

/// The requirements that are met by fewer counselors in a span.
fn unmet(
    swapped: &Swapped<'_>,
    zone: Zone,
    within: Span,
    budget: &dyn Budget,
) -> Result<Vec<SwapWarning>, BudgetSpent> {
    let before = swapped.before.coverage(zone, within, budget)?;
    let after = swapped.after.coverage(zone, within, budget)?;
    let holes_before: HashMap<_, _> = before.iter().map(|covered| (covered.requirement.id, covered.holes())).collect();
    let was_no_better = |hole: &Hole| {
        holes_before.get(&hole.requirement).into_iter().flatten().any(|other| {
            let lasted = other.span.from <= hole.span.from && hole.span.until <= other.span.until;
            lasted && other.planned <= hole.planned
        })
    };
    let lost = after.iter().flat_map(|covered| {
        let holes = covered.holes().into_iter().filter(|hole| !was_no_better(hole));
        holes.map(|hole| SwapWarning::Unmet(hole, covered.requirement.at_least))
    });
    Ok(lost.collect())
}

/// The jurisdictions in which the giver of a shift is licensed during it and the taker is not, or not to its end.
fn licenses(swapped: &Swapped<'_>, moved: &Move, shift: Span) -> Vec<SwapWarning> {
    let known = || swapped.before.counselors.iter().chain(&swapped.after.counselors);
    let person = |id: &PersonId| known().find(|counselor| counselor.id == *id);
    let (Some(giver), Some(taker)) = (person(&moved.from), person(&moved.to)) else { return Vec::new() };
    let mut jurisdictions: Vec<&str> = giver.credentials.iter().map(|it| it.jurisdiction.as_str()).collect();
    jurisdictions.sort_unstable();
    jurisdictions.dedup();
    let lost = jurisdictions.into_iter().filter(|place| licensed(giver, place, shift).iter().next().is_some());
    let warning = |place: &str| {
        let (day, who, place) = (moved.shift_day, taker.id.clone(), place.to_owned());
        match licensed(taker, &place, shift).iter().next() {
            Some(valid) if valid == shift => None,
            Some(valid) if valid.from == shift.from => Some(SwapWarning::CredentialEnds(day, who, place, valid.until)),
            _ => Some(SwapWarning::CredentialMissing(day, who, place)),
        }
    };
    lost.filter_map(warning).collect()
}

/// The times of a shift in which a counselor is licensed in a jurisdiction.
fn licensed(counselor: &Counselor, jurisdiction: &str, shift: Span) -> Spans {
    let meant = counselor.credentials.iter().filter(|it| it.jurisdiction == jurisdiction);
    meant.filter_map(|it| Span::new(it.valid_from, it.valid_until)?.and(shift)).collect()
}
