//! The neighbor, behind a trait so that tests can stand in for it.

use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;

use harborline_disclosure::{Basis, DataClass, Notice, Purpose, Refusal};
use harborline_identity::ProgramScope;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::mesh_service_client::MeshServiceClient;
use harborline_runtime::{MeshClient, for_program};
use harborline_types::wire::{WireEnum, number, numbers};
use harborline_types::{ConsentId, ContactId, FacilityId, Person, Phi, ReferralId, RequestId};
use tonic::Status;

use crate::domain::disclosure::{Grant, Permitted, Verdict};

/// What a call to a neighbor comes to.
pub type Answered<'a> = Pin<Box<dyn Future<Output = Result<(), Status>> + Send + 'a>>;

/// A clinic has accepted, with a named owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferralAccepted {
    /// The contact that was referred on.
    pub contact: ContactId,
    /// The referral.
    pub referral: ReferralId,
    /// Who accepted.
    pub facility: FacilityId,
    /// The named person there.
    pub owner: Person,
}

/// A question whether a facility may be told what it must know, for treatment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MayTell {
    /// About whose contact.
    pub contact: ContactId,
    /// Whom.
    pub facility: FacilityId,
    /// Whether it gives health care.
    pub gives_care: bool,
    /// What.
    pub classes: Vec<DataClass>,
}

/// What referral needs of intake.
pub trait IntakePort: Send + Sync + 'static {
    /// Asks whether a facility may be told, now. The answer is not to be kept.
    fn check_disclosure<'a>(
        &'a self,
        scope: &'a ProgramScope,
        question: MayTell,
    ) -> Pin<Box<dyn Future<Output = Result<Verdict, Status>> + Send + 'a>>;

    /// Registers a referral that is about to be made: from the answer on custody lasts because of it. May be repeated with
    /// the same request id.
    fn register_referral<'a>(
        &'a self,
        scope: &'a ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        referral: ReferralId,
    ) -> Answered<'a>;

    /// Tells intake that a referral has ended. May be repeated with the same request id.
    fn record_referral_ended<'a>(
        &'a self,
        scope: &'a ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        referral: ReferralId,
    ) -> Answered<'a>;

    /// Tells intake that a clinic has accepted. May be repeated with the same request id.
    fn record_referral_accepted<'a>(
        &'a self,
        scope: &'a ProgramScope,
        request_id: RequestId,
        accepted: ReferralAccepted,
    ) -> Answered<'a>;
}

/// Intake over the mesh.
#[derive(Clone)]
pub struct Intake(MeshServiceClient<MeshClient>);

impl Intake {
    /// Intake behind this channel.
    pub fn new(channel: MeshClient) -> Self {
        Self(MeshServiceClient::new(channel))
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

impl IntakePort for Intake {
    fn check_disclosure<'a>(
        &'a self,
        scope: &'a ProgramScope,
        question: MayTell,
    ) -> Pin<Box<dyn Future<Output = Result<Verdict, Status>> + Send + 'a>> {
        let message = pb::CheckDisclosureRequest {
            contact_id: question.contact.to_string(),
            facility_id: question.facility.to_string(),
            gives_care: question.gives_care,
            data_classes: numbers(&question.classes),
            purpose: number(Purpose::Treatment),
        };
        let mut client = self.0.clone();
        Box::pin(async move {
            let answer = client.check_disclosure(for_program(scope, message)).await?.into_inner();
            verdict(answer).ok_or_else(|| Status::unknown("intake answered no whole word on a disclosure"))
        })
    }

    fn register_referral<'a>(
        &'a self,
        scope: &'a ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        referral: ReferralId,
    ) -> Answered<'a> {
        let message = pb::RegisterReferralRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
            referral_id: referral.to_string(),
        };
        let mut client = self.0.clone();
        Box::pin(async move {
            client.register_referral(for_program(scope, message)).await?;
            Ok(())
        })
    }

    fn record_referral_ended<'a>(
        &'a self,
        scope: &'a ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        referral: ReferralId,
    ) -> Answered<'a> {
        let message = pb::RecordReferralEndedRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
            referral_id: referral.to_string(),
        };
        let mut client = self.0.clone();
        Box::pin(async move {
            client.record_referral_ended(for_program(scope, message)).await?;
            Ok(())
        })
    }

    fn record_referral_accepted<'a>(
        &'a self,
        scope: &'a ProgramScope,
        request_id: RequestId,
        accepted: ReferralAccepted,
    ) -> Answered<'a> {
        let message = pb::RecordReferralAcceptedRequest {
            request_id: request_id.to_string(),
            contact_id: accepted.contact.to_string(),
            referral_id: accepted.referral.to_string(),
            facility_id: accepted.facility.to_string(),
            owner: Some(accepted.owner.into()),
        };
        let mut client = self.0.clone();
        Box::pin(async move {
            client.record_referral_accepted(for_program(scope, message)).await?;
            Ok(())
        })
    }
}
