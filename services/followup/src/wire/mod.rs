//! Followup's words in the contract, and back.

mod intake;

use harborline_proto::followup::v1 as pb;
use harborline_types::wire::{number, timestamp};
use harborline_types::wire_enum;

use crate::domain::attempt::{Attempt, AttemptOutcome, AttemptState};
use crate::domain::closed::ContactEnding;
use crate::domain::digest::EntryKind;
use crate::domain::plan::{Plan, PlanState};
use crate::store::digest::Placed;

wire_enum!(PlanState, pb::PlanState { Open, Reached, Declined, NotReached, NotNeeded, Stopped, Returned });
wire_enum!(AttemptState, pb::AttemptState { Planned, Underway, Reached, NotReached, Declined, NotMade, Stopped });
wire_enum!(AttemptOutcome, pb::AttemptOutcome { Reached, NotReached, Declined, NotMade });
wire_enum!(ContactEnding, pb::ContactEnding { Closed, BrokenOff, CallBack, HandedOff });
wire_enum!(EntryKind, pb::DigestEntryKind { Contact, Attempt, DecisionNeeded });

/// A plan as others see it.
pub(crate) fn plan(plan: Plan) -> pb::FollowUpPlan {
    pb::FollowUpPlan {
        plan_id: plan.id.to_string(),
        contact_id: plan.contact.to_string(),
        participant_id: plan.participant.map(|participant| participant.to_string()).unwrap_or_default(),
        acuity: number(plan.acuity),
        state: number(plan.state),
        attempts: plan.attempts.into_iter().map(attempt).collect(),
        created_at: Some(timestamp(plan.created_at)),
    }
}

fn attempt(attempt: Attempt) -> pb::Attempt {
    pb::Attempt {
        number: attempt.number,
        state: number(attempt.state),
        due_at: Some(timestamp(attempt.due_at)),
        due_by: Some(timestamp(attempt.due_by)),
        outbound_contact_id: attempt.outbound_contact.map(|contact| contact.to_string()).unwrap_or_default(),
        ended_at: attempt.ended_at.map(timestamp),
    }
}

/// A digest entry as others see it.
pub(crate) fn entry(placed: Placed) -> pb::DigestEntry {
    let Placed { sequence, entry } = placed;
    pb::DigestEntry {
        sequence,
        kind: number(entry.kind),
        at: Some(timestamp(entry.at)),
        contact_id: entry.contact.to_string(),
        acuity: number(entry.acuity),
        reasons: entry.reasons,
        attempt_state: entry.attempt_state.map_or(0, number),
    }
}
