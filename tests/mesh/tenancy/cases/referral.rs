//! Referral: the program's side, and all that a clinic sees.

use std::time::SystemTime;

use harborline_identity::ServiceName;
use harborline_proto::{partner::v1 as partner, referral::v1 as referral};
use harborline_tests::As;
use uuid::Uuid;

use super::{Case, Expected, case, counselor_calls};
use crate::tenancy::other_program::{Known, admin, facility, request_id};

pub(in crate::tenancy) fn referrals(known: &Known) -> Vec<Case> {
    use Expected::{NotFound, Nothing, Own};
    let referral_id = || known.referral.clone();
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
            "referral.v1.ReferralService/CreateReferral",
            counselor_calls(),
            NotFound,
            referral::CreateReferralRequest {
                request_id: request_id(),
                contact_id: known.contact.clone(),
                service: referral::ServiceKind::Detox.into(),
                jurisdiction: String::new(),
                summary: String::new(),
                data_classes: Vec::new(),
            },
        ),
        case(
            "referral.v1.ReferralService/GetReferral",
            counselor_calls(),
            NotFound,
            referral::GetReferralRequest { referral_id: referral_id() },
        ),
        case(
            "referral.v1.ReferralService/ListReferrals",
            counselor_calls(),
            NotFound,
            referral::ListReferralsRequest { contact_id: known.contact.clone() },
        ),
    ]
}

pub(in crate::tenancy) fn hub(known: &Known) -> Vec<Case> {
    vec![
        case(
            "referral.v1.DisclosureService/RecordConsentRevoked",
            As::Service(ServiceName::Intake),
            Expected::Own,
            referral::RecordConsentRevokedRequest {
                request_id: request_id(),
                consent_id: Uuid::now_v7().to_string(),
                revoked_at: Some(SystemTime::now().into()),
            },
        ),
        case(
            "referral.v1.DisclosureService/DescribeReferral",
            As::Service(ServiceName::Intake),
            Expected::NotFound,
            referral::DescribeReferralRequest { referral_id: known.referral.clone() },
        ),
    ]
}

pub(in crate::tenancy) fn clinic(known: &Known) -> Vec<Case> {
    use Expected::{NotFound, Nothing};
    let (clinic, referral_id) = (|| As::Clinic(known.facility), || known.referral.clone());
    vec![
        case("partner.v1.PartnerService/WatchReferrals", clinic(), Nothing, partner::WatchReferralsRequest::default()),
        case(
            "partner.v1.PartnerService/GetReferral",
            clinic(),
            NotFound,
            partner::GetReferralRequest { referral_id: referral_id() },
        ),
        case(
            "partner.v1.PartnerService/ClaimReferral",
            clinic(),
            NotFound,
            partner::ClaimReferralRequest { request_id: request_id(), referral_id: referral_id() },
        ),
        case(
            "partner.v1.PartnerService/AcceptReferral",
            clinic(),
            NotFound,
            partner::AcceptReferralRequest {
                request_id: request_id(),
                referral_id: referral_id(),
                owner_id: "owner".to_owned(),
                owner_name: "Owner".to_owned(),
                expected_by: Some((SystemTime::now() + std::time::Duration::from_secs(3600)).into()),
            },
        ),
        case(
            "partner.v1.PartnerService/DeclineReferral",
            clinic(),
            NotFound,
            partner::DeclineReferralRequest {
                request_id: request_id(),
                referral_id: referral_id(),
                reason: partner::DeclineReason::Other.into(),
            },
        ),
        case(
            "partner.v1.PartnerService/CompleteReferral",
            clinic(),
            NotFound,
            partner::CompleteReferralRequest { request_id: request_id(), referral_id: referral_id() },
        ),
        case(
            "referral.v1.ReferralService/CancelReferral",
            counselor_calls(),
            NotFound,
            referral::CancelReferralRequest { request_id: request_id(), referral_id: referral_id() },
        ),
    ]
}
