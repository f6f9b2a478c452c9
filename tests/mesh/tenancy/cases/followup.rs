//! Follow-up plans and session digests.

use harborline_identity::{Role, ServiceName};
use harborline_proto::{common::v1 as common, followup::v1 as followup};
use harborline_tests::As;

use super::{Case, Expected, case, now};
use crate::tenancy::other_program::{Known, request_id};

pub(in crate::tenancy) fn follow_ups(known: &Known) -> Vec<Case> {
    use Expected::{Nothing, Own};
    let care_team = || As::Person("care-team", Role::CareTeam);
    vec![
        case("followup.v1.FollowUpService/PlanFollowUps", As::Service(ServiceName::Intake), Own, plan(known)),
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
            followup::GetSessionDigestRequest { participant_id: known.participant.clone() },
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
