//! Triage's words in the contract, and back.

mod intake;

use harborline_proto::{common::v1 as common, triage::v1 as pb};
use harborline_status::Fields;
use harborline_types::Timestamp;
use harborline_types::wire::{WireEnum, number, numbers, timestamp};
use harborline_types::wire_enum;

use crate::domain::asq::{Answer, Answers, AsqResult, Flaw};
use crate::domain::assessment::Assessment;
use crate::domain::lowering::{Lowering, LoweringState};

wire_enum!(Answer, pb::AsqAnswer { No, Yes, Refused });
wire_enum!(AsqResult, pb::AsqResult { Negative, NonAcutePositive, AcutePositive });
wire_enum!(LoweringState, pb::LoweringState { Pending, Confirmed, Expired, Overtaken });

/// An assessment as others see it: the conclusion only.
pub(crate) fn assessment(assessment: Assessment) -> common::Assessment {
    let conclusion = assessment.conclusion;
    common::Assessment {
        assessment_id: assessment.id.to_string(),
        contact_id: assessment.contact.to_string(),
        acuity: number(conclusion.acuity),
        reasons: conclusion.reasons,
        need: Some(conclusion.need.into()),
        closing_duties: numbers(&conclusion.closing_duties),
        protocol: conclusion.protocol,
        assessed_at: Some(timestamp(assessment.at)),
        sequence: assessment.sequence,
    }
}

/// A lowering, as the second person sees it.
pub(crate) fn lowering(lowering: Lowering, now: Timestamp) -> pb::Lowering {
    let state = lowering.state(now);
    pb::Lowering {
        state: number(state),
        lowering_id: lowering.id.to_string(),
        contact_id: lowering.contact.to_string(),
        from: number(lowering.from),
        acuity: number(lowering.acuity),
        reason: lowering.reason.into_exposed(),
        judged_by_id: lowering.judged_by.to_string(),
        confirmed_by_id: lowering.confirmed_by.map_or_else(String::new, |by| by.to_string()),
        judged_at: Some(timestamp(lowering.judged_at)),
        expires_at: Some(timestamp(lowering.expires_at)),
        ended_at: lowering.ended_at.filter(|_| state != LoweringState::Expired).map(timestamp),
    }
}

/// Reads answers that may be incomplete: unspecified is not answered.
pub(crate) fn answers(wire: &pb::AsqAnswers) -> Answers {
    Answers {
        wished_dead: Answer::from_wire(wire.wished_dead),
        better_off_dead: Answer::from_wire(wire.better_off_dead),
        thoughts_past_week: Answer::from_wire(wire.thoughts_past_week),
        ever_tried: Answer::from_wire(wire.ever_tried),
        thoughts_now: Answer::from_wire(wire.thoughts_now),
    }
}

/// Reads and scores a complete screen.
pub(crate) fn complete_asq(fields: &mut Fields, wire: Option<&pb::AsqAnswers>) -> Option<(Answers, AsqResult)> {
    let wire = fields.message("asq", wire);
    let answers = answers(&wire);
    match answers.score() {
        Ok(result) => Some((answers, result)),
        Err(flaws) => {
            for flaw in flaws {
                match flaw {
                    Flaw::Missing(question) => fields.fault(format!("asq.{question}"), "must be answered"),
                    Flaw::NotToBeAsked(question) => {
                        fields.fault(format!("asq.{question}"), "must be unspecified when questions 1 to 4 are \"no\"");
                    }
                }
            }
            None
        }
    }
}
