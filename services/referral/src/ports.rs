//! The neighbor, behind a trait so that tests can stand in for it.

use std::future::Future;
use std::pin::Pin;

use harborline_identity::ProgramScope;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::mesh_service_client::MeshServiceClient;
use harborline_runtime::{MeshClient, for_program};
use harborline_types::{ContactId, FacilityId, Person, ReferralId, RequestId};
use tonic::Status;

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

/// What referral needs of intake.
pub trait IntakePort: Send + Sync + 'static {
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

impl IntakePort for Intake {
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
