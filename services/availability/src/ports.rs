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
    /// The counselor who has the contact now.
    pub counselor: Person,
    /// Which of the contact's assignments it is, from 1.
    pub number: i32,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}

/// The counselor who has joined a contact by a transfer or a conference.
#[derive(Clone, Debug)]
pub struct JoinedNow {
    /// The contact.
    pub contact: ContactId,
    /// The ticket of the transfer or conference.
    pub ticket: TicketId,
    /// Grows with each change.
    pub sequence: i32,
    /// The counselor; none when the counselor has left again.
    pub person: Option<PersonId>,
}

/// The calls to intake. The request id makes each of them repeatable. They fail with intake's refusal, or when intake
/// cannot be reached.
#[tonic::async_trait]
pub trait IntakePort: Send + Sync + 'static {
    /// A counselor has accepted a contact. The answer says whether the contact still needs a counselor.
    async fn record_assignment(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        assignment: AssignmentMade,
    ) -> Result<bool, Status>;

    /// A counselor has joined a contact, or left it.
    async fn record_joined(&self, scope: &ProgramScope, request_id: RequestId, joined: JoinedNow)
    -> Result<(), Status>;

    /// The counselor of an assignment did not reconnect within the grace.
    async fn record_counselor_lost(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        assignment: i32,
    ) -> Result<(), Status>;

    /// No counselor took the contact in time: intake offers the backup line to the caller, who has waited so long.
    async fn record_backup_offered(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        waited: Duration,
    ) -> Result<(), Status>;

    /// A supervisor is on call from now on; a later change has a higher `sequence`.
    async fn record_supervisor_on_call(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        supervisor: Person,
        sequence: i64,
    ) -> Result<(), Status>;
}
