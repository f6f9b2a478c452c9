//! SQL, one file per aggregate. Every query binds the program of its scope.

use harborline_store::HintKey;
use harborline_types::{PersonId, ProgramId};

mod change;
mod counselor;
mod lease;
mod offer;
mod pool;
mod pool_state;
mod presence;
mod supervisor;
mod ticket;
mod ticket_row;

pub(crate) use change::changes_save;
pub(crate) use counselor::{RosterEntry, counselor_exists, counselor_get, counselor_list, counselor_put};
pub(crate) use lease::{Held, Leadership, lease_acquire, lease_give_back, lease_renew};
pub(crate) use offer::{InHand, assignment_get, in_hand_list, offer_for_update, offer_ticket};
pub(crate) use pool::{pool_put, pool_times, pools_at_work};
pub(crate) use pool_state::{pool_state, tickets_unchanged};
pub(crate) use presence::{
    Presence, presence_begin, presence_break_set, presence_broken, presence_end, presence_get, presence_heard,
    presence_leave, presence_silence, replica_beat, replicas_forget,
};
pub(crate) use supervisor::{on_call_get, on_call_put};
pub(crate) use ticket::{
    TicketEvent, hand_off_get, ticket_create, ticket_events, ticket_for_update, ticket_get, ticket_list,
};

/// Wakes the matcher of a pool.
pub(crate) fn pool_hint(program: ProgramId) -> HintKey {
    HintKey::new("pool", program)
}

/// Tells the other replicas that a pool's lease is free.
pub(crate) fn lease_hint(program: ProgramId) -> HintKey {
    HintKey::new("matcher-lease", program)
}

/// Tells every replica that a pool has work, which may be its first.
pub(crate) fn pools_hint() -> HintKey {
    HintKey::new("pools", "all")
}

/// Wakes the Attend stream of a counselor.
pub(crate) fn counselor_hint(program: ProgramId, counselor: &PersonId) -> HintKey {
    HintKey::new("counselor", format_args!("{program}/{counselor}"))
}
