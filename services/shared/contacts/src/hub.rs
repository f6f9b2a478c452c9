//! The questions, and intake behind the mesh to answer them.

use harborline_identity::{Facts, ProgramScope};
use harborline_proto::intake::v1::mesh_service_client::MeshServiceClient;
use harborline_proto::intake::v1::{DescribeContactRequest, DescribeParticipantRequest, Direction};
use harborline_runtime::{MeshClient, for_program};
use harborline_types::wire::WireEnum;
use harborline_types::{Acuity, ContactId, ParticipantId, PersonId};
use tonic::Status;

/// What intake says of one contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Whose contact it is; none for an unknown caller. Never changes.
    pub participant: Option<ParticipantId>,
    /// The contact that this one follows up, or goes on with. Never changes.
    pub origin: Option<ContactId>,
    /// A call of ours, which follows up. Never changes.
    pub is_outbound: bool,
    /// How urgent it is now; none when intake names a level that is not known here.
    pub acuity: Option<Acuity>,
    /// The person who was asked about is its counselor, or follows it up.
    pub is_assigned: bool,
    /// That person has taken emergency access to the participant's record, and it lasts.
    pub has_broken_glass: bool,
}

impl Described {
    /// What the policy wants to know of it.
    pub fn facts(&self) -> Facts {
        let (is_assigned, has_broken_glass, acuity) = (self.is_assigned, self.has_broken_glass, self.acuity);
        Facts { is_assigned, has_broken_glass, acuity, ..Facts::default() }
    }
}

/// What a person is to a participant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The counselor in an open contact of the participant.
    pub is_assigned: bool,
    /// Has taken emergency access to the participant's record, and it lasts.
    pub has_broken_glass: bool,
}

impl Standing {
    /// What the policy wants to know of it.
    pub fn facts(self) -> Facts {
        let Self { is_assigned, has_broken_glass } = self;
        Facts { is_assigned, has_broken_glass, ..Facts::default() }
    }
}

/// Who knows the contacts: intake.
#[tonic::async_trait]
pub trait Hub: Send + Sync + 'static {
    /// What a contact is, and what a person is to it.
    ///
    /// # Errors
    /// Intake's refusal, or that it cannot be reached.
    async fn describe_contact(
        &self,
        scope: &ProgramScope,
        contact: ContactId,
        person: Option<PersonId>,
    ) -> Result<Described, Status>;

    /// What a person is to a participant.
    ///
    /// # Errors
    /// Intake's refusal, or that it cannot be reached.
    async fn describe_participant(
        &self,
        scope: &ProgramScope,
        participant: ParticipantId,
        person: PersonId,
    ) -> Result<Standing, Status>;
}

#[tonic::async_trait]
impl Hub for MeshClient {
    async fn describe_contact(
        &self,
        scope: &ProgramScope,
        contact: ContactId,
        person: Option<PersonId>,
    ) -> Result<Described, Status> {
        let person_id = person.map(|person| person.to_string()).unwrap_or_default();
        let question = DescribeContactRequest { contact_id: contact.to_string(), person_id };
        let mut client = MeshServiceClient::new(self.clone());
        let answer = client.describe_contact(for_program(scope, question)).await?.into_inner();
        Ok(Described {
            participant: optional_id(&answer.participant_id)?,
            is_outbound: answer.direction() == Direction::Outbound,
            origin: optional_id(&answer.origin_contact_id)?,
            acuity: Acuity::from_wire(answer.acuity),
            is_assigned: answer.is_assigned,
            has_broken_glass: answer.has_broken_glass,
        })
    }

    async fn describe_participant(
        &self,
        scope: &ProgramScope,
        participant: ParticipantId,
        person: PersonId,
    ) -> Result<Standing, Status> {
        let question =
            DescribeParticipantRequest { participant_id: participant.to_string(), person_id: person.to_string() };
        let mut client = MeshServiceClient::new(self.clone());
        let answer = client.describe_participant(for_program(scope, question)).await?.into_inner();
        Ok(Standing { is_assigned: answer.is_assigned, has_broken_glass: answer.has_broken_glass })
    }
}

fn optional_id<T: std::str::FromStr>(text: &str) -> Result<Option<T>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Status::unknown("intake answered an id that is none"))
}
