//! Decisions as supervisors see them.

use chrono::TimeDelta;
use harborline_proto::intake::v1 as pb;
use harborline_types::wire::{number, numbers, timestamp};
use harborline_types::wire_enum;

use crate::domain::decision::{Decision, DecisionKind, DecisionState, Verdict};

wire_enum!(DecisionKind, pb::DecisionKind { BrokenOff, DutiesOpen, NotReached, AttemptOverdue, Lowering });
wire_enum!(DecisionState, pb::DecisionState { Open, Made, Withdrawn });
wire_enum!(Verdict, pb::Verdict { FollowUp, CallAgain, DoNotCall });

/// A decision that must be made within this time.
pub(crate) fn decision(decision: Decision, within: TimeDelta) -> pb::Decision {
    let state = number(decision.state());
    let lowering_id = decision.lowering().unwrap_or_default().to_owned();
    let Decision { id, contact, question, opened_at, made, .. } = decision;
    let mut wire = pb::Decision {
        decision_id: id.to_string(),
        contact_id: contact.to_string(),
        kind: number(question.kind),
        acuity: number(question.acuity),
        open_duties: numbers(&question.open_duties),
        state,
        opened_at: Some(timestamp(opened_at)),
        due_at: Some(timestamp(opened_at + within)),
        lowering_id,
        ..pb::Decision::default()
    };
    if let Some(made) = made {
        wire.verdict = number(made.verdict);
        wire.decided_by = Some(made.by.into());
        wire.decided_at = Some(timestamp(made.at));
        wire.reason = made.reason.into_exposed();
    }
    wire
}
