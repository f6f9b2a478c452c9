//! SQL, one file per aggregate. Every query binds the program of its scope.

use harborline_store::HintKey;
use harborline_types::{PersonId, ProgramId};
use sqlx::migrate::Migrator;
use uuid::Uuid;

mod carried;
mod change;
mod consideration;
mod counselor;
mod coverage;
mod expiry;
mod join;
mod lease;
mod measures;
mod offer;
mod page;
mod place;
mod pool;
mod pool_state;
mod post;
mod presence;
mod roster;
mod round;
mod supervisor;
mod ticket;
mod ticket_columns;
mod ticket_row;
mod wallboard;

pub(crate) use carried::{PostOutcome, ask_hint, asks_watch, outcome_hint, outcomes_watch};
use change::change_duties;
pub(crate) use consideration::{Consideration, consideration_list};
pub(crate) use counselor::{
    RosterEntry, counselor_exists, counselor_for_update, counselor_get, counselor_list, counselor_put, counselors_of,
    zones_of,
};
pub(crate) use coverage::{
    announcement_list, announcements_save, duty_of, past_arrivals, requirement_list, requirement_put,
    requirement_remove,
};
pub(crate) use expiry::{
    counselors_expiring, credential_announcement_add, credential_announcement_get, credential_ends_after,
};
pub(crate) use join::{JoinedNow, joined_get, joined_now, transfer_status_list};
pub(crate) use lease::{Held, Leadership, lease_acquire, lease_give_back, lease_renew};
pub(crate) use measures::{contact_facts, database_now, program_zone, staff_facts};
pub(crate) use offer::{Assignment, AssignmentNow, assignment_get, assignment_now, held_ticket_list, offer_contact};
pub(crate) use page::{page_outcome_add, paged_wait_get};
pub(crate) use pool::{pool_lock, pool_put, pool_rules, pools_at_work};
pub(crate) use pool_state::{on_duty, past_get, pool_state, replicas, times};
pub(crate) use post::{Post, answers_get, post_add, post_list};
pub(crate) use presence::{Presence, presence_begin, presence_broken, presence_get, replica_beat, replicas_forget};
pub(crate) use roster::{
    LadderCheck, ladder_check, ladder_check_put, roster_changed, roster_facts, roster_rules, roster_rules_for_update,
    roster_rules_put, shift_cancel, shift_day_put, shift_for_update, shift_list, shift_put, shifts_lock, swap_create,
    swap_for_update, swap_list, swap_save,
};
pub(crate) use round::{Entry, round_write};
pub(crate) use supervisor::{on_call_get, on_call_person, on_call_put};
pub(crate) use ticket::{TicketEvent, backup_offered_get, race_list, ticket_events, ticket_get, ticket_list};
pub(crate) use wallboard::{WallboardNow, wallboard_now};

/// Watched by the matcher of a pool: the hints below this key wake it.
pub(crate) fn pool_hint(program: ProgramId) -> HintKey {
    HintKey::new("pool", program)
}

/// Tells the matcher that the pool's response times changed.
pub(crate) fn times_hint(program: ProgramId) -> HintKey {
    HintKey::new("pool", format_args!("{program}/times"))
}

/// Tells the matcher that the supervisor on call has changed.
pub(crate) fn on_call_hint(program: ProgramId) -> HintKey {
    HintKey::new("pool", format_args!("{program}/on-call"))
}

/// Tells the matcher that a call was posted for it.
pub(crate) fn post_hint(program: ProgramId) -> HintKey {
    HintKey::new("pool", format_args!("{program}/post"))
}

/// Tells the matcher that the presence or the roster entry of a counselor has changed.
pub(crate) fn on_duty_hint(program: ProgramId, counselor: &PersonId) -> HintKey {
    HintKey::new("pool", format_args!("{program}/counselor/{counselor}"))
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

/// Watched by a replica with Attend streams: below this key are the snapshots from matchers at other replicas. The
/// first part of the key is older than the function's name, and replicas of two releases must understand each other.
pub(crate) fn counselor_snapshots_watch(replica: Uuid) -> HintKey {
    HintKey::new("desk", replica).to(replica)
}

/// Carries a counselor's snapshot to a replica that has a stream of theirs.
pub(crate) fn counselor_snapshot_hint(replica: Uuid, program: ProgramId, counselor: &PersonId) -> HintKey {
    HintKey::new("desk", format_args!("{replica}/{program}/{counselor}")).to(replica)
}

/// Wakes the wallboards of a program.
pub(crate) fn wallboard_hint(program: ProgramId) -> HintKey {
    HintKey::new("board", program)
}

/// Tells the wallboards of a program that the matcher at this replica has changed the pool.
pub(crate) fn round_hint(program: ProgramId, replica: Uuid) -> HintKey {
    HintKey::new("board", format_args!("{program}/{replica}"))
}

/// The schema that only availability has.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
