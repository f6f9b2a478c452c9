//! The one neighbor that availability calls: intake, the hub.

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_types::{ContactId, Person, PersonId, RequestId, TicketId, Timestamp};
use tonic::Status;

/// A counselor who has accepted a contact.
#[derive(Clone, Debug)]
pub struct AssignmentMade {
    /// The contact.
    pub contact: ContactId,
    /// Who has it now.
    pub counselor: Person,
    /// Which of the contact's assignments it is, from 1.
    pub number: i32,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}

/// Who has joined a contact by a transfer or a conference.
#[derive(Clone, Debug)]
pub struct JoinedNow {
    /// The contact.
    pub contact: ContactId,
    /// The ticket of the transfer or conference.
    pub ticket: TicketId,
    /// Grows with each change.
    pub sequence: i32,
    /// Who; none when nobody has joined any more.
    pub person: Option<PersonId>,
}

/// What intake is told. The request id makes every call repeatable. It fails with intake's refusal, or when intake cannot be
/// reached.
#[tonic::async_trait]
pub trait IntakePort: Send + Sync + 'static {
    /// A counselor has accepted. The answer says whether the contact still wants one.
    async fn record_assignment(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        assignment: AssignmentMade,
    ) -> Result<bool, Status>;

    /// Somebody has joined a contact, or left it.
    async fn record_joined(&self, scope: &ProgramScope, request_id: RequestId, joined: JoinedNow)
    -> Result<(), Status>;

    /// The connection of the counselor of an assignment did not come back.
    async fn record_counselor_lost(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        assignment: i32,
    ) -> Result<(), Status>;

    /// Nobody could take the contact in time: the caller, who has waited so long, is offered the backup line.
    async fn record_backup_offered(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        waited: Duration,
    ) -> Result<(), Status>;

    /// Who is supervisor on call; a later one has a higher `sequence`.
    async fn record_supervisor_on_call(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        supervisor: Person,
        sequence: i64,
    ) -> Result<(), Status>;
}
