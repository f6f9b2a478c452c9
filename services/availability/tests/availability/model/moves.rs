//! The moves of callers, counselors, supervisors and failures. Numbers choose among the contacts, offers and devices of
//! that moment, so that every sequence can be played, also with moves left out of it.

use std::fmt;

use proptest::prelude::*;

use super::cast::{NEEDS, ROSTER};

/// A caller: how urgent, which need, through which replica.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) acuity: i32,
    pub(super) need: usize,
    pub(super) through: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Move {
    /// Contacts come, all at the same time.
    Come(Vec<Caller>),
    /// A contact becomes as urgent as this, or stays as urgent as it was.
    Raise { which: usize, acuity: i32 },
    /// A caller who waits hangs up.
    HangUp { which: usize, through: usize },
    /// A counselor comes on duty, or opens one more device.
    AddDevice { who: usize, at: usize },
    /// A device of a counselor loses its connection.
    LoseDevice { who: usize },
    /// All devices of a counselor are lost for longer than the grace, while there is no matcher.
    Vanish { who: usize },
    /// A break begins or ends.
    Break { who: usize, on: bool },
    /// A counselor wants to go home.
    GoHome { who: usize },
    /// An offer is accepted.
    Accept { which: usize, through: usize },
    /// An offer is accepted on two devices at once, through both replicas; or the same call arrives twice.
    AcceptTwice { which: usize, same_call: bool },
    /// An offer is accepted while its caller hangs up.
    AcceptAndHangUp { which: usize, through: usize },
    /// An offer is declined, and perhaps the lease is stolen, so that a new matcher decides next.
    Decline { which: usize, through: usize, and_steal: bool },
    /// An offer runs out while there is no matcher.
    StaySilent { which: usize },
    /// A conversation ends.
    Release { which: usize, through: usize },
    /// A wrap-up is finished.
    WrapUp { which: usize, through: usize },
    /// A counselor asks another to take a contact over, and cancels it.
    AskForTransferAndCancel { which: usize, who: usize, through: usize },
    /// The last call that was answered is made again.
    Repeat { through: usize },
    /// The replica that leads is killed, and another one started.
    KillTheMatcher,
    /// The matcher loses its lease without knowing it, and for a moment no replica has it.
    StealTheLease,
    /// The statements of the next rounds fail, so many times.
    FailStatements { times: u8 },
    /// Every connection to the database breaks.
    CutConnections,
}

/// Moves in their order, shown one a line.
pub(super) struct Moves(pub(super) Vec<Move>);

impl fmt::Debug for Moves {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(number, step)| write!(formatter, "\n{number:>3} {step:?}"))
    }
}

/// A day's moves.
pub(super) fn any_moves() -> impl Strategy<Value = Moves> {
    prop::collection::vec(any_move(), 40..80).prop_map(Moves)
}

fn any_move() -> impl Strategy<Value = Move> {
    let (which, through, who, acuity) = (0..64_usize, 0..2_usize, 0..ROSTER.len(), 1..=5_i32);
    let caller = (1..=5_i32, 0..NEEDS, 0..2_usize);
    let caller = caller.prop_map(|(acuity, need, through)| Caller { acuity, need, through });
    let at = |make: fn(usize, usize) -> Move| {
        (0..64_usize, 0..2_usize).prop_map(move |(which, through)| make(which, through))
    };
    prop_oneof![
        7 => prop::collection::vec(caller, 1..4).prop_map(Move::Come),
        2 => (which.clone(), acuity).prop_map(|(which, acuity)| Move::Raise { which, acuity }),
        2 => at(|which, through| Move::HangUp { which, through }),
        5 => (who.clone(), through.clone()).prop_map(|(who, at)| Move::AddDevice { who, at }),
        2 => who.clone().prop_map(|who| Move::LoseDevice { who }),
        1 => who.clone().prop_map(|who| Move::Vanish { who }),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, on)| Move::Break { who, on }),
        1 => who.clone().prop_map(|who| Move::GoHome { who }),
        8 => at(|which, through| Move::Accept { which, through }),
        2 => (0..64_usize, any::<bool>()).prop_map(|(which, same_call)| Move::AcceptTwice { which, same_call }),
        2 => at(|which, through| Move::AcceptAndHangUp { which, through }),
        3 => (which.clone(), through.clone(), any::<bool>())
            .prop_map(|(which, through, and_steal)| Move::Decline { which, through, and_steal }),
        1 => which.clone().prop_map(|which| Move::StaySilent { which }),
        6 => at(|which, through| Move::Release { which, through }),
        6 => at(|which, through| Move::WrapUp { which, through }),
        2 => (0..64_usize, who, through.clone())
            .prop_map(|(which, who, through)| Move::AskForTransferAndCancel { which, who, through }),
        2 => through.prop_map(|through| Move::Repeat { through }),
        1 => Just(Move::KillTheMatcher),
        2 => Just(Move::StealTheLease),
        3 => (1..=3_u8).prop_map(|times| Move::FailStatements { times }),
        1 => Just(Move::CutConnections),
    ]
}
