//! Intake: consents, and what may be told.

use harborline_proto::{common::v1 as common, intake::v1 as intake};

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

pub(in crate::tenancy) fn disclosures(known: &Known) -> Vec<Case> {
    use Expected::{NotFound, Nothing};
    vec![
        case(
            "intake.v1.ConsentService/RecordConsent",
            counselor_calls(),
            NotFound,
            intake::RecordConsentRequest { request_id: request_id(), consent: Some(consent(known, "what happened")) },
        ),
        case(
            "intake.v1.DisclosureService/ListBreakGlass",
            supervisor(),
            Nothing,
            intake::ListBreakGlassRequest::default(),
        ),
    ]
}
