//! Intake: consents, and what may be told.

use harborline_proto::{common::v1 as common, intake::v1 as intake};
use harborline_tests::As;

use super::{Case, Expected, case, counselor_calls, now, supervisor};
use crate::tenancy::other_program::{Known, request_id};

/// A consent of a participant to ordinary information for one facility.
pub(in crate::tenancy) fn consent(known: &Known, description: &str) -> intake::Consent {
    intake::Consent {
        participant_id: known.participant.clone(),
        disclosers: vec![description.to_owned()],
        description: description.to_owned(),
        data_classes: vec![common::DataClass::GeneralPhi.into(), common::DataClass::Part2Sud.into()],
        recipients: vec![intake::ConsentRecipient {
            kind: intake::ConsentRecipientKind::Facility.into(),
            facility_id: known.facility.to_string(),
            ..Default::default()
        }],
        purposes: vec![common::DisclosurePurpose::Treatment.into()],
        expires_with: description.to_owned(),
        signed_how: intake::ConsentSigned::Electronic.into(),
        signed_at: now(),
        revocation_right_told: true,
        ..Default::default()
    }
}

pub(in crate::tenancy) fn consents(known: &Known) -> Vec<Case> {
    use Expected::NotFound;
    let counselor = || -> As { counselor_calls() };
    vec![
        case(
            "intake.v1.ConsentService/RecordConsent",
            counselor(),
            NotFound,
            intake::RecordConsentRequest { request_id: request_id(), consent: Some(consent(known, "what happened")) },
        ),
        case(
            "intake.v1.ConsentService/ListConsents",
            counselor(),
            NotFound,
            intake::ListConsentsRequest { participant_id: known.participant.clone() },
        ),
        case(
            "intake.v1.ConsentService/RevokeConsent",
            counselor(),
            NotFound,
            intake::RevokeConsentRequest { request_id: request_id(), consent_id: known.consent.clone() },
        ),
        case(
            "intake.v1.ConsentService/ExpireConsent",
            counselor(),
            NotFound,
            intake::ExpireConsentRequest { request_id: request_id(), consent_id: known.consent.clone() },
        ),
        case(
            "intake.v1.ConsentService/ConfirmConsent",
            counselor(),
            NotFound,
            intake::ConfirmConsentRequest { request_id: request_id(), consent_id: known.consent.clone() },
        ),
    ]
}

/// Access to a participant's record that somebody takes for a moment.
pub(in crate::tenancy) fn access(known: &Known, explanation: &str) -> intake::BreakGlassRequest {
    intake::BreakGlassRequest {
        request_id: request_id(),
        participant_id: known.participant.clone(),
        data_classes: vec![common::DataClass::GeneralPhi.into()],
        reason: intake::BreakGlassReason::CounselorUnreachable.into(),
        explanation: explanation.to_owned(),
        lasts: None,
        emergency: None,
    }
}

pub(in crate::tenancy) fn decisions(known: &Known) -> Vec<Case> {
    use Expected::{NotFound, Nothing};
    let break_glass_id = || known.access.clone();
    let asked = intake::DecideFamilyDisclosureRequest {
        request_id: request_id(),
        contact_id: known.contact.clone(),
        name: "somebody".to_owned(),
        relationship: intake::Relationship::Parent.into(),
        participant_state: intake::ParticipantState::Able.into(),
        preference: intake::FamilyPreference::NotAsked.into(),
        threat: intake::FamilyThreat::Absent.into(),
        ..Default::default()
    };
    vec![
        case("intake.v1.DisclosureService/DecideFamilyDisclosure", supervisor(), NotFound, asked),
        case("intake.v1.DisclosureService/BreakGlass", counselor_calls(), NotFound, access(known, "nobody answers")),
        case(
            "intake.v1.DisclosureService/ListBreakGlass",
            supervisor(),
            Nothing,
            intake::ListBreakGlassRequest::default(),
        ),
        case(
            "intake.v1.DisclosureService/EndBreakGlass",
            supervisor(),
            NotFound,
            intake::EndBreakGlassRequest { request_id: request_id(), break_glass_id: break_glass_id() },
        ),
        case(
            "intake.v1.DisclosureService/ReviewBreakGlass",
            supervisor(),
            NotFound,
            intake::ReviewBreakGlassRequest {
                request_id: request_id(),
                break_glass_id: break_glass_id(),
                finding: intake::BreakGlassFinding::Justified.into(),
                note: "reviewed".to_owned(),
            },
        ),
    ]
}
