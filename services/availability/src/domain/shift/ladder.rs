//! Who is on call, in which order.

use harborline_types::{PersonId, Timestamp};

use super::roster::{RosterEntry, ShiftKind};

/// Who is on call at an instant, the first to be called first. Of two on one rung the one whose shift began first.
pub fn ladder(roster: &[RosterEntry], at: Timestamp) -> Vec<&RosterEntry> {
    let rung = |entry: &RosterEntry| match entry.kind {
        ShiftKind::OnCall { rung } if entry.span.contains(at) => Some(rung),
        _ => None,
    };
    let mut ladder: Vec<_> = roster.iter().filter_map(|entry| Some((rung(entry)?, entry))).collect();
    ladder.sort_by_key(|(rung, entry)| (*rung, entry.span.from, entry.shift_day));
    ladder.into_iter().map(|(_, entry)| entry).collect()
}

/// Whether the first of the ladder was at any instant after `since`, until `now`, somebody else than named, or nobody.
pub fn named_another(roster: &[RosterEntry], named: Option<&PersonId>, since: Timestamp, now: Timestamp) -> bool {
    let changes = std::iter::successors(next_change(roster, since), |at| next_change(roster, *at));
    let first = |at| ladder(roster, at).first().map(|entry| &entry.counselor);
    changes.take_while(|at| *at <= now).any(|at| first(at) != named)
}

/// The first instant after `at` at which the ladder changes, as far as the roster tells.
pub fn next_change(roster: &[RosterEntry], at: Timestamp) -> Option<Timestamp> {
    let on_call = roster.iter().filter(|entry| matches!(entry.kind, ShiftKind::OnCall { .. }));
    on_call.flat_map(|entry| [entry.span.from, entry.span.until]).filter(|change| *change > at).min()
}
