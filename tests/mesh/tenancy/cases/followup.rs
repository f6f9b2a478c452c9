//! Follow-up plans and session digests.

use harborline_identity::{Role, ServiceName};
use harborline_proto::{common::v1 as common, followup::v1 as followup};
use harborline_tests::As;

use super::{Case, Expected, case, now};
use crate::tenancy::other_program::{Known, request_id};

pub(in crate::tenancy) fn follow_ups(known: &Known) -> Vec<Case> {
    use Expected::{NotFound, Nothing, Own};
    let (care_team, participant_id) = (|| As::Person("care-team", Role::CareTeam), || known.participant.clone());
    vec![
        case("followup.v1.FollowUpService/PlanFollowUps", As::Service(ServiceName::Intake), Own, plan(known)),
        case(
            "followup.v1.FollowUpService/RecordAttempt",
            As::Service(ServiceName::Intake),
            NotFound,
            followup::RecordAttemptRequest {
                request_id: request_id(),
                plan_id: known.plan.clone(),
                number: 1,
                outcome: followup::AttemptOutcome::NotReached.into(),
                ended_at: now(),
            },
        ),
        case(
            "followup.v1.FollowUpService/StopFollowUps",
            As::Service(ServiceName::Intake),
            NotFound,
            followup::StopFollowUpsRequest {
                request_id: request_id(),
                contact_id: known.contact.clone(),
                caller_is_back: false,
            },
        ),
        case(
            "followup.v1.FollowUpService/GetFollowUpPlan",
            care_team(),
            NotFound,
            followup::GetFollowUpPlanRequest { contact_id: known.contact.clone() },
        ),
        case(
            "followup.v1.FollowUpService/ListFollowUpPlans",
            care_team(),
            Nothing,
            followup::ListFollowUpPlansRequest::default(),
        ),
        case(
            "followup.v1.FollowUpService/GetSessionDigest",
            care_team(),
            Nothing,
            followup::GetSessionDigestRequest { participant_id: participant_id() },
        ),
        case(
            "followup.v1.FollowUpService/AcknowledgeSessionDigest",
            care_team(),
            NotFound,
            followup::AcknowledgeSessionDigestRequest {
                request_id: request_id(),
                participant_id: participant_id(),
                up_to: 1,
            },
        ),
    ]
}

/// The plan of a contact that has closed.
pub(in crate::tenancy) fn plan(known: &Known) -> followup::PlanFollowUpsRequest {
    followup::PlanFollowUpsRequest {
        request_id: request_id(),
        contact_id: known.contact.clone(),
        participant_id: known.participant.clone(),
        acuity: common::Acuity::High.into(),
        channel: common::Channel::Phone.into(),
        caller: common::CallerKind::Participant.into(),
        closed_at: now(),
        reachable: true,
        reasons: vec!["stress".to_owned()],
        sequence: 1,
        ending: followup::ContactEnding::Closed.into(),
        again: false,
        returned_contact_id: String::new(),
    }
}
