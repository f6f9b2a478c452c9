//! Swaps: a shift day, or an exchange of two, from one counselor to another.
//!
//! An offer reserves nothing: whether its days can change hands is checked when it is accepted, and again when it is
//! approved.

use harborline_types::{PersonId, SwapId, Timestamp, text_enum};

use super::roster::{RosterEntry, ShiftDay, ShiftKind};

text_enum! {
    /// How far a swap has come.
    pub enum SwapState {
        /// Waits for a counselor who accepts.
        Offered = "offered",
        /// Accepted, and waits for a supervisor.
        Accepted = "accepted",
        /// The roster has changed.
        Done = "done",
        /// Withdrawn, declined or refused.
        Closed = "closed",
    }
}

/// An offer to swap.
#[derive(Clone, Debug)]
pub struct Swap {
    /// Its id.
    pub id: SwapId,
    /// How far it has come.
    pub state: SwapState,
    /// The counselor who gives the day away.
    pub offered_by: PersonId,
    /// The day given away.
    pub given: ShiftDay,
    /// The counselor who is asked; none when any may take it.
    pub offered_to: Option<PersonId>,
    /// The day wanted in exchange.
    pub in_return: Option<ShiftDay>,
    /// The counselor who takes it.
    pub accepted_by: Option<PersonId>,
}

/// One day that goes from one counselor to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The day.
    pub shift_day: ShiftDay,
    /// The counselor who gives it.
    pub from: PersonId,
    /// The counselor who takes it.
    pub to: PersonId,
}

/// Why a swap does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwapRefused {
    /// The counselor has no part in it, and is not to know of it.
    NotTheirs,
    /// It is over, or the roster is no longer what it was offered on.
    Closed,
    /// A counselor would be on two shifts at once.
    Overlaps,
}

impl Swap {
    /// Whether a counselor has part in it: as the giver, or as one who may take it or has taken it.
    pub fn concerns(&self, counselor: &PersonId) -> bool {
        self.offered_by == *counselor || self.offered_to.as_ref().is_none_or(|asked| asked == counselor)
    }

    /// A counselor takes it. `supervised`: a supervisor must approve before the roster changes.
    ///
    /// # Errors
    /// `NotTheirs` when it was offered to another counselor, or by this one; `Closed` when it is over.
    pub fn accept(self, taker: &PersonId, supervised: bool) -> Result<Self, SwapRefused> {
        if self.offered_by == *taker || !self.concerns(taker) {
            return Err(SwapRefused::NotTheirs);
        }
        if self.state != SwapState::Offered {
            return Err(SwapRefused::Closed);
        }
        let state = if supervised { SwapState::Accepted } else { SwapState::Done };
        Ok(Self { state, accepted_by: Some(taker.clone()), ..self })
    }

    /// A supervisor approves an accepted swap.
    ///
    /// # Errors
    /// `Closed` when it was not accepted, or is over.
    pub fn approve(self) -> Result<Self, SwapRefused> {
        match self.state {
            SwapState::Accepted => Ok(Self { state: SwapState::Done, ..self }),
            SwapState::Offered | SwapState::Done | SwapState::Closed => Err(SwapRefused::Closed),
        }
    }

    /// The giver withdraws it, the counselor who was asked or has accepted declines it, or a supervisor (no `who`)
    /// refuses it.
    ///
    /// # Errors
    /// `NotTheirs`; `Closed` when the roster has changed already.
    pub fn close(self, who: Option<&PersonId>) -> Result<Self, SwapRefused> {
        let is_theirs = |who: &PersonId| {
            [Some(&self.offered_by), self.offered_to.as_ref(), self.accepted_by.as_ref()].contains(&Some(who))
        };
        if who.is_some_and(|who| !is_theirs(who)) {
            return Err(SwapRefused::NotTheirs);
        }
        match self.state {
            SwapState::Done => Err(SwapRefused::Closed),
            SwapState::Offered | SwapState::Accepted | SwapState::Closed => {
                Ok(Self { state: SwapState::Closed, ..self })
            }
        }
    }

    /// The days that change hands; none until a counselor takes it.
    pub fn moves(&self) -> Vec<Move> {
        let Some(taker) = &self.accepted_by else { return Vec::new() };
        let given = Move { shift_day: self.given, from: self.offered_by.clone(), to: taker.clone() };
        let returned =
            self.in_return.map(|shift_day| Move { shift_day, from: taker.clone(), to: self.offered_by.clone() });
        [given].into_iter().chain(returned).collect()
    }
}

/// The roster after these days have changed hands. `roster` has all shifts around them.
///
/// # Errors
/// `Closed` when a day is not on the roster of its giver, or has begun; `Overlaps`.
pub fn fits(moves: &[Move], roster: &[RosterEntry], now: Timestamp) -> Result<Vec<RosterEntry>, SwapRefused> {
    let mut after = roster.to_vec();
    for moved in moves {
        let entry = after.iter_mut().find(|entry| entry.shift_day == moved.shift_day);
        let entry = entry.filter(|entry| entry.counselor == moved.from && entry.span.from > now);
        entry.ok_or(SwapRefused::Closed)?.counselor = moved.to.clone();
    }
    let moved = |entry: &RosterEntry| moves.iter().any(|moved| moved.shift_day == entry.shift_day);
    let clashes = |entry: &RosterEntry| {
        after.iter().any(|other| {
            other.shift_day != entry.shift_day
                && other.counselor == entry.counselor
                && same_duty(other.kind, entry.kind)
                && other.span.overlaps(entry.span)
        })
    };
    if after.iter().any(|entry| moved(entry) && clashes(entry)) { Err(SwapRefused::Overlaps) } else { Ok(after) }
}

/// A supervisor may be on call while on a line shift.
fn same_duty(one: ShiftKind, other: ShiftKind) -> bool {
    (one == ShiftKind::Line) == (other == ShiftKind::Line)
}
