//! What must hold at every instant of a night, whoever decides: P3, by a look at everybody.

use anyhow::ensure;

use super::books::{Night, Stand};
use super::cast::{At, Cast};

/// Counselors who let an offer run out are asked again for the same caller after this many steps of widening.
const ASK_AGAIN: usize = 3;

impl Night {
    /// Whether a counselor takes offers, and did not refuse this caller.
    fn is_askable(&self, cast: &Cast, caller: usize, counselor: usize, now: At) -> bool {
        let (seat, case) = (&self.seats[counselor], &self.cases[caller]);
        let waited = now - cast.callers[caller].arrives;
        let again = cast.rules.widened(waited) >= ASK_AGAIN;
        seat.on_duty
            && !seat.leaving
            && !seat.on_break
            && !case.declined.contains(&counselor)
            && (again || !case.silent.contains(&counselor))
            && (cast.rules.widened(waited) >= 1 || !self.has_urgent_in_hand(cast, counselor))
            && cast.fits(caller, counselor, waited)
    }

    /// Whether a counselor has a contact of acuity 1 or 2 in hand: nothing else comes before a first widening.
    fn has_urgent_in_hand(&self, cast: &Cast, counselor: usize) -> bool {
        self.seats[counselor].held.iter().any(|held| cast.callers[*held].acuity.is_urgent())
    }

    fn has_room(&self, cast: &Cast, caller: usize, counselor: usize) -> bool {
        let held = &self.seats[counselor].held;
        let whole = held.iter().any(|held| cast.is_exclusive(*held));
        cast.has_room(counselor, caller, held.len(), whole)
    }

    fn waiting(&self) -> impl Iterator<Item = usize> {
        let cases = self.cases.iter().enumerate();
        cases.filter(|(_, case)| case.stand == Stand::Waits).map(|(caller, _)| caller)
    }
}

/// A counselor is asked only for somebody who waits, whom they fit, and for whom there is room.
///
/// # Errors
/// When that is not so.
pub(crate) fn may_be_asked(cast: &Cast, night: &Night, caller: usize, counselor: usize, now: At) -> anyhow::Result<()> {
    ensure!(night.cases[caller].stand == Stand::Waits, "somebody is asked for who does not wait");
    ensure!(
        night.is_askable(cast, caller, counselor, now),
        "counselor {counselor} must not be asked for caller {caller}"
    );
    ensure!(night.has_room(cast, caller, counselor), "counselor {counselor} is given twice");
    Ok(())
}

/// Riskiest first, then longest waiting: nobody is asked for a caller while one before them in the queue, whom this
/// counselor could take, waits.
///
/// # Errors
/// When somebody is passed over.
pub(crate) fn order(cast: &Cast, night: &Night, caller: usize, counselor: usize, now: At) -> anyhow::Result<()> {
    let mut before = night.waiting().filter(|waiting| cast.place(*waiting) < cast.place(caller));
    let passed = before
        .find(|waiting| night.is_askable(cast, *waiting, counselor, now) && night.has_room(cast, *waiting, counselor));
    ensure!(passed.is_none(), "caller {passed:?} is passed over at {now:?} for {caller}, by counselor {counselor}");
    Ok(())
}

/// Nobody waits while somebody is free who may be asked.
///
/// # Errors
/// When somebody does.
pub(crate) fn nobody_waits_in_vain(cast: &Cast, night: &Night, now: At) -> anyhow::Result<()> {
    for waiting in night.waiting() {
        let mut counselors = 0..cast.counselors.len();
        let free = counselors.find(|counselor| {
            night.is_askable(cast, waiting, *counselor, now) && night.has_room(cast, waiting, *counselor)
        });
        ensure!(free.is_none(), "caller {waiting} waits at {now:?} though counselor {free:?} is free");
    }
    Ok(())
}
