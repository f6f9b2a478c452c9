//! The engine's own books: who waits, who is asked, who holds whom.

use std::time::Duration;

use super::cast::Cast;

/// How a caller's wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Answered,
    Left,
    HandedOff,
}

/// Where a caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    ToCome,
    Waits,
    Asked(usize),
    Talks(usize),
    WrapUp(usize),
    Gone,
}

/// The books about one caller.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) stand: Stand,
    /// Offers so far.
    pub(crate) asks: u64,
    pub(crate) declined: Vec<usize>,
    pub(crate) silent: Vec<usize>,
    /// Since arrival, until the first offer.
    pub(crate) offered: Option<Duration>,
    /// Since arrival, until the wait ended.
    pub(crate) end: Option<(End, Duration)>,
}

/// The books about one counselor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seat {
    pub(crate) on_duty: bool,
    pub(crate) leaving: bool,
    pub(crate) on_break: bool,
    pub(crate) held: Vec<usize>,
}

/// A night as it was, with who waits now.
#[derive(Clone, Debug)]
pub(crate) struct Night {
    pub(crate) cases: Vec<Case>,
    pub(crate) seats: Vec<Seat>,
    /// How many waited or were asked for, at most.
    pub(crate) longest_queue: usize,
    pub(crate) queue: usize,
}

impl Night {
    /// Before anybody came.
    pub(crate) fn before(cast: &Cast) -> Self {
        let case = Case { stand: Stand::ToCome, asks: 0, declined: vec![], silent: vec![], offered: None, end: None };
        let (cases, seats) = (vec![case; cast.callers.len()], vec![Seat::default(); cast.counselors.len()]);
        Self { cases, seats, longest_queue: 0, queue: 0 }
    }
}
