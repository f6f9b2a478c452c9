//! Intake, behind the mesh.

use std::str::FromStr;

use harborline_disclosure::{Basis, DataClass, Notice, Purpose, Refusal};
use harborline_identity::ProgramScope;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::mesh_service_client::MeshServiceClient;
use harborline_runtime::{MeshClient, for_program};
use harborline_types::wire::{WireEnum, number, numbers};
use harborline_types::{ConsentId, ContactId, Phi, ReferralId, RequestId};
use tonic::Status;

use crate::domain::disclosure::{Grant, Permitted, Verdict};
use crate::ports::{IntakePort, MayTell, ReferralAccepted};

#[tonic::async_trait]
impl IntakePort for MeshClient {
    async fn check_disclosure(&self, scope: &ProgramScope, question: MayTell) -> Result<Verdict, Status> {
        let request = pb::CheckDisclosureRequest {
            contact_id: question.contact.to_string(),
            facility_id: question.facility.to_string(),
            gives_care: question.gives_care,
            data_classes: numbers(&question.classes),
            purpose: number(Purpose::Treatment),
        };
        let answer = MeshServiceClient::new(self.clone()).check_disclosure(for_program(scope, request)).await?;
        verdict(answer.into_inner()).ok_or_else(|| Status::unknown("intake answered no whole word on a disclosure"))
    }

    async fn register_referral(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        referral: ReferralId,
    ) -> Result<(), Status> {
        let request = pb::RegisterReferralRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
            referral_id: referral.to_string(),
        };
        MeshServiceClient::new(self.clone()).register_referral(for_program(scope, request)).await.map(drop)
    }

    async fn record_referral_ended(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        referral: ReferralId,
    ) -> Result<(), Status> {
        let request = pb::RecordReferralEndedRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
            referral_id: referral.to_string(),
        };
        MeshServiceClient::new(self.clone()).record_referral_ended(for_program(scope, request)).await.map(drop)
    }

    async fn record_referral_accepted(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        accepted: ReferralAccepted,
    ) -> Result<(), Status> {
        let request = pb::RecordReferralAcceptedRequest {
            request_id: request_id.to_string(),
            contact_id: accepted.contact.to_string(),
            referral_id: accepted.referral.to_string(),
            facility_id: accepted.facility.to_string(),
            owner: Some(accepted.owner.into()),
        };
        MeshServiceClient::new(self.clone()).record_referral_accepted(for_program(scope, request)).await.map(drop)
    }
}

/// Intake's word; none when it is no whole one.
fn verdict(answer: pb::CheckDisclosureResponse) -> Option<Verdict> {
    if let Some(refusal) = Refusal::from_wire(answer.refusal) {
        let classes = answer.refused_classes.into_iter().filter_map(DataClass::from_wire).collect();
        return Some(Verdict::Refused(refusal, classes));
    }
    let grants: Option<Vec<_>> = answer.grants.into_iter().map(grant).collect();
    let notice = match answer.redisclosure_notice.as_str() {
        "" => None,
        text => Some(Notice::received(text)?),
    };
    Some(Verdict::Permitted(Permitted { grants: grants.filter(|grants| !grants.is_empty())?, notice }))
}

fn grant(wire: pb::DisclosureGrant) -> Option<Grant> {
    let consent: Option<ConsentId> = optional_id(&wire.consent_id)?;
    Some(Grant {
        class: DataClass::from_wire(wire.data_class)?,
        basis: Basis::from_wire(wire.basis)?,
        consent: consent.map(|id| (id, Phi::new(wire.consent_scope))),
        emergency: optional_id(&wire.break_glass_id)?,
    })
}

fn optional_id<T: FromStr>(text: &str) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}
