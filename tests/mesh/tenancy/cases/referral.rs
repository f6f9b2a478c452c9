//! Referral: the program's side, and the stream of a clinic.

use std::time::SystemTime;

use harborline_identity::ServiceName;
use harborline_proto::{partner::v1 as partner, referral::v1 as referral};
use harborline_tests::As;
use uuid::Uuid;

use super::{Case, Expected, case};
use crate::tenancy::other_program::{Known, admin, facility, request_id};

pub(in crate::tenancy) fn referrals(known: &Known) -> Vec<Case> {
    use Expected::{Nothing, Own};
    vec![
        case(
            "referral.v1.ReferralService/PutFacility",
            admin(),
            Own,
            referral::PutFacilityRequest { request_id: request_id(), facility: Some(facility(known.facility, "Ours")) },
        ),
        case(
            "referral.v1.ReferralService/ListFacilities",
            admin(),
            Nothing,
            referral::ListFacilitiesRequest::default(),
        ),
        case(
            "referral.v1.DisclosureService/RecordConsentRevoked",
            As::Service(ServiceName::Intake),
            Own,
            referral::RecordConsentRevokedRequest {
                request_id: request_id(),
                consent_id: Uuid::now_v7().to_string(),
                revoked_at: Some(SystemTime::now().into()),
            },
        ),
        case(
            "partner.v1.PartnerService/WatchReferrals",
            As::Clinic(known.facility),
            Nothing,
            partner::WatchReferralsRequest::default(),
        ),
    ]
}
