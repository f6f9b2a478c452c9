//! Intake: edits of a safety plan, each of the version that the one before it leaves. The others are made from the contract.

use harborline_proto::intake::v1 as intake;

use super::{Case, Expected, case, supervisor};
use crate::tenancy::other_program::{Known, request_id};

pub(in crate::tenancy) fn safety_plans(known: &Known) -> Vec<Case> {
    let (participant, entry) = (|| known.participant.clone(), || known.entry.clone());
    vec![
        case(
            "intake.v1.SafetyPlanService/AgreeToSafetyPlan",
            supervisor(),
            Expected::NotFound,
            intake::AgreeToSafetyPlanRequest {
                request_id: request_id(),
                participant_id: participant(),
                version: 1,
                contact_id: known.contact.clone(),
            },
        ),
        case(
            "intake.v1.SafetyPlanService/ReviewSafetyPlan",
            supervisor(),
            Expected::NotFound,
            intake::ReviewSafetyPlanRequest {
                request_id: request_id(),
                participant_id: participant(),
                version: 1,
                contact_id: known.contact.clone(),
            },
        ),
        case(
            "intake.v1.SafetyPlanService/ChangeSafetyPlanEntry",
            supervisor(),
            Expected::NotFound,
            intake::ChangeSafetyPlanEntryRequest {
                request_id: request_id(),
                participant_id: participant(),
                entry_id: entry(),
                etag: "1".to_owned(),
                words: Some(intake::SafetyPlanWords { text: "a walk".to_owned(), ..Default::default() }),
            },
        ),
        case(
            "intake.v1.SafetyPlanService/MoveSafetyPlanEntry",
            supervisor(),
            Expected::NotFound,
            intake::MoveSafetyPlanEntryRequest {
                request_id: request_id(),
                participant_id: participant(),
                entry_id: entry(),
                section: intake::SafetyPlanSection::PeopleToAsk.into(),
                after_entry_id: String::new(),
            },
        ),
        case(
            "intake.v1.SafetyPlanService/RemoveSafetyPlanEntry",
            supervisor(),
            Expected::NotFound,
            intake::RemoveSafetyPlanEntryRequest {
                request_id: request_id(),
                participant_id: participant(),
                entry_id: entry(),
                etag: "2".to_owned(),
            },
        ),
    ]
}
