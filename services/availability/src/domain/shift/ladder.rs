//! The on-call ladder: supervisors in the order in which they are called.

use std::collections::{BTreeMap, BTreeSet};

use harborline_types::{PersonId, Timestamp};

use super::roster::{RosterEntry, ShiftDay, ShiftKind};

/// The place of a supervisor on the ladder, in its order.
type Place<'a> = (i16, Timestamp, ShiftDay, &'a PersonId);

/// The supervisors on call at an instant, in the order in which they are called. Of two on one rung the one whose shift
/// began first is called first.
pub fn ladder(roster: &[RosterEntry], at: Timestamp) -> Vec<&RosterEntry> {
    let rung = |entry: &RosterEntry| match entry.kind {
        ShiftKind::OnCall { rung } if entry.span.contains(at) => Some(rung),
        _ => None,
    };
    let mut ladder: Vec<_> = roster.iter().filter_map(|entry| Some((rung(entry)?, entry))).collect();
    ladder.sort_by_key(|(rung, entry)| (*rung, entry.span.from, entry.shift_day));
    ladder.into_iter().map(|(_, entry)| entry).collect()
}

/// Whether the first supervisor of the ladder was another than `named`, or missing, at any instant after `since` until
/// `now`.
///
/// Walks through the changes once and keeps the places of that instant, since a program may have any number of on-call
/// shifts.
pub fn named_another(roster: &[RosterEntry], named: Option<&PersonId>, since: Timestamp, now: Timestamp) -> bool {
    let mut changes: BTreeMap<Timestamp, Vec<(bool, Place<'_>)>> = BTreeMap::new();
    for entry in roster {
        let ShiftKind::OnCall { rung } = entry.kind else { continue };
        let place = (rung, entry.span.from, entry.shift_day, &entry.counselor);
        changes.entry(entry.span.from).or_default().push((true, place));
        changes.entry(entry.span.until).or_default().push((false, place));
    }
    let mut on_call = BTreeSet::new();
    changes.range(..=now).any(|(at, changed)| {
        for (comes, place) in changed {
            if *comes {
                on_call.insert(*place)
            } else {
                on_call.remove(place)
            };
        }
        *at > since && on_call.first().map(|(.., counselor)| *counselor) != named
    })
}

/// The first instant after `at` at which the ladder changes by this roster.
pub fn next_change(roster: &[RosterEntry], at: Timestamp) -> Option<Timestamp> {
    let on_call = roster.iter().filter(|entry| matches!(entry.kind, ShiftKind::OnCall { .. }));
    on_call.flat_map(|entry| [entry.span.from, entry.span.until]).filter(|change| *change > at).min()
}
