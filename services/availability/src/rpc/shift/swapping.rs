//! What the calls about swaps share.

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use harborline_identity::ProgramScope;
use harborline_proto::availability::v1 as pb;
use harborline_store::Tx;
use harborline_types::{Budget, SwapId, Timestamp, wire, wire_enum};

use crate::domain::Span;
use crate::domain::coverage::{Hole, SwapWarning, Swapped, on_line, swap_warnings};
use crate::domain::shift::{Move, RosterEntry, RosterRules, ShiftDay, Swap, SwapRefused, SwapState, fits};
use crate::error::AvailabilityError;
use crate::wire::local;
use crate::{planned, store};

wire_enum!(SwapState, pb::ShiftSwapState { Offered, Accepted, Done, Closed });

/// A swap, for the wire.
pub(super) fn swap(swap: Swap) -> pb::ShiftSwap {
    pb::ShiftSwap {
        swap_id: swap.id.to_string(),
        state: wire::number(swap.state),
        offered_by: swap.offered_by.to_string(),
        given: Some(local::wire_shift_day(swap.given)),
        offered_to: swap.offered_to.map(|asked| asked.to_string()).unwrap_or_default(),
        in_return: swap.in_return.map(local::wire_shift_day),
        accepted_by: swap.accepted_by.map(|taker| taker.to_string()).unwrap_or_default(),
    }
}

/// The error of a call whose swap the domain has refused.
pub(super) fn refused(id: SwapId) -> impl Fn(SwapRefused) -> AvailabilityError {
    move |refused| match refused {
        SwapRefused::NotTheirs => AvailabilityError::SwapNotFound(id),
        SwapRefused::Closed => AvailabilityError::SwapClosed,
        SwapRefused::Overlaps => AvailabilityError::ShiftOverlaps,
    }
}

/// The entries of the roster around some days, each once.
pub(super) async fn roster_around(
    tx: &mut Tx,
    scope: &ProgramScope,
    rules: RosterRules,
    days: &[ShiftDay],
    budget: &dyn Budget,
) -> Result<Vec<RosterEntry>, AvailabilityError> {
    let mut roster: Vec<RosterEntry> = Vec::new();
    let mut there: HashSet<ShiftDay> = HashSet::new();
    for shift_day in days {
        let window = around(shift_day.day).ok_or(AvailabilityError::ShiftNotFound(shift_day.shift))?;
        let entries = planned::roster(tx, scope, rules.zone, window, budget).await?;
        roster.extend(entries.into_iter().filter(|entry| there.insert(entry.shift_day)));
    }
    Ok(roster)
}

/// A span that contains every shift on this local day and every shift that overlaps one, in any time zone.
fn around(day: NaiveDate) -> Option<Span> {
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    Span::new(midnight - TimeDelta::days(1), midnight + TimeDelta::days(4))
}

/// A warning about a swap, for the wire.
pub(super) fn warning(warning: SwapWarning) -> pb::ShiftSwapWarning {
    use pb::shift_swap_warning::Warning;
    let shift_day = |day| Some(local::wire_shift_day(day));
    let warning = match warning {
        SwapWarning::Unmet(Hole { requirement, span, planned }, required) => {
            Warning::CoverageUnmet(pb::CoverageUnmet {
                requirement_id: requirement.to_string(),
                starts_at: Some(wire::timestamp(span.from)),
                ends_at: Some(wire::timestamp(span.until)),
                required,
                planned,
            })
        }
        SwapWarning::CredentialMissing(day, who, jurisdiction) => Warning::CredentialMissing(pb::CredentialMissing {
            shift_day: shift_day(day),
            counselor_id: who.to_string(),
            jurisdiction,
        }),
        SwapWarning::CredentialEnds(day, who, jurisdiction, at) => Warning::CredentialEnding(pb::CredentialEnding {
            shift_day: shift_day(day),
            counselor_id: who.to_string(),
            jurisdiction,
            ends_at: Some(wire::timestamp(at)),
        }),
    };
    pb::ShiftSwapWarning { warning: Some(warning) }
}

/// Moves the days of a swap to their new counselors; answers the warnings. Refused if a day cannot change hands any
/// more. The caller must have locked the swap's row.
pub(super) async fn carry_out(
    tx: &mut Tx,
    scope: &ProgramScope,
    rules: RosterRules,
    swap: &Swap,
    now: Timestamp,
    budget: &dyn Budget,
) -> Result<Vec<SwapWarning>, AvailabilityError> {
    let moves = swap.moves();
    let warnings = check(tx, scope, rules, (swap.id, &moves), now, budget).await?;
    for moved in &moves {
        store::shift_day_put(tx, scope, moved.shift_day, Some(&moved.to)).await?;
    }
    store::roster_changed(tx);
    Ok(warnings)
}

/// The warnings about a move of these days, or why it is refused. Locks the days until the end of the transaction.
pub(super) async fn check(
    tx: &mut Tx,
    scope: &ProgramScope,
    rules: RosterRules,
    (swap, moves): (SwapId, &[Move]),
    now: Timestamp,
    budget: &dyn Budget,
) -> Result<Vec<SwapWarning>, AvailabilityError> {
    let days: Vec<_> = moves.iter().map(|moved| moved.shift_day).collect();
    let shifts: Vec<_> = days.iter().map(|day| day.shift).collect();
    let people: Vec<_> = moves.iter().flat_map(|moved| [&moved.from, &moved.to]).collect();
    store::shifts_lock(tx, scope, &shifts, &people).await?;
    let roster = roster_around(tx, scope, rules, &days, budget).await?;
    let after = fits(moves, &roster, now).map_err(refused(swap))?;
    let duty_before = store::duty_of(tx, scope, on_line(&roster)).await?;
    let duty_after = store::duty_of(tx, scope, on_line(&after)).await?;
    let swapped = Swapped { roster: &after, before: &duty_before, after: &duty_after };
    Ok(swap_warnings(&swapped, moves, rules.zone, budget)?)
}
