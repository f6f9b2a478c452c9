//! The neighbors, as intake needs them. Each call may be repeated: its request id comes from what it is about. It fails with
//! the neighbor's refusal, or when the neighbor cannot be reached.

use chrono::TimeDelta;
use harborline_identity::ProgramScope;
use harborline_types::{
    Acuity, CallerKind, Channel, ConsentId, ContactId, Need, ParticipantId, Person, PersonId, PlanId, ReferralId,
    RequestId, Signal, TicketId, Timestamp,
};
use tonic::Status;

use crate::domain::assessment::Assessment;
use crate::domain::ending::{AttemptOutcome, ContactEnding};
use crate::domain::facts::SelfScreening;

/// What triage is told of a contact; its facts add up there.
#[derive(Clone, PartialEq, Eq)]
pub struct FactsToAssess {
    /// The contact.
    pub contact: ContactId,
    /// The way to the caller.
    pub channel: Channel,
    /// What kind of caller.
    pub caller: CallerKind,
    /// BCP 47 language tag.
    pub language: String,
    /// ISO 3166-2 code; none when unknown.
    pub jurisdiction: Option<String>,
    /// What the front end and the caller stated.
    pub signals: Vec<Signal>,
    /// The caller's own answers.
    pub self_screening: Option<SelfScreening>,
    /// The acuity of the same caller's last contact.
    pub carried: Option<Acuity>,
}

/// Triage's newest word about a contact.
#[derive(Clone)]
pub struct NewestAssessment {
    /// The assessment.
    pub assessment: Assessment,
    /// Whether a lowering of it waits for the second person.
    pub lowering_waits: bool,
}

/// Triage: turns facts into an acuity.
#[tonic::async_trait]
pub trait TriagePort: Send + Sync + 'static {
    /// Assesses a contact from its facts.
    async fn assess_contact(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        facts: FactsToAssess,
    ) -> Result<Assessment, Status>;

    /// The newest assessment of a contact.
    async fn newest_assessment(&self, scope: &ProgramScope, contact: ContactId) -> Result<NewestAssessment, Status>;
}

/// A contact for which a counselor is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounselorWanted {
    /// The contact.
    pub contact: ContactId,
    /// How urgent it is.
    pub acuity: Acuity,
    /// What it needs.
    pub need: Need,
    /// The counselor whom the caller knows.
    pub preferred: Option<PersonId>,
    /// A call of ours.
    pub is_outbound: bool,
    /// How long the caller has waited before, in an earlier contact that broke off.
    pub waited_before: TimeDelta,
}

/// What has changed about a contact that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRaised {
    /// The contact.
    pub contact: ContactId,
    /// How urgent it is now.
    pub acuity: Acuity,
    /// What it needs now; none when that is as it was.
    pub need: Option<Need>,
    /// The caller had left, and is back.
    pub caller_is_back: bool,
}

/// That another counselor is to join a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondCounselor {
    /// The contact.
    pub contact: ContactId,
    /// Who has it.
    pub counselor: PersonId,
    /// What whoever joins must meet.
    pub need: Need,
}

/// The counselors in a contact, by availability's word.
#[derive(Clone, Debug, Default)]
pub struct InContact {
    /// The counselor who has it.
    pub counselor: Option<AssignmentMade>,
    /// Counselors who have joined by a transfer or a conference.
    pub joined: Vec<JoinedNow>,
}

/// A counselor who has accepted a contact.
#[derive(Clone, Debug)]
pub struct AssignmentMade {
    /// The counselor.
    pub counselor: Person,
    /// Which of the contact's assignments it is, from 1.
    pub number: i32,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}

/// A counselor who has joined a contact.
#[derive(Clone, Debug)]
pub struct JoinedNow {
    /// The ticket of the transfer or conference.
    pub ticket: TicketId,
    /// Grows with each change of it.
    pub sequence: i32,
    /// The counselor.
    pub person: PersonId,
}

/// Availability: the queue.
#[tonic::async_trait]
pub trait AvailabilityPort: Send + Sync + 'static {
    /// Puts a contact into the queue.
    async fn request_counselor(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        wanted: CounselorWanted,
    ) -> Result<(), Status>;

    /// Raises a waiting contact, changes what it needs, or says that its caller is back.
    async fn raise_ticket(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        raised: TicketRaised,
    ) -> Result<(), Status>;

    /// Takes a contact out of the queue: the caller left, or the backup line has them.
    async fn withdraw_ticket(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        is_handed_off: bool,
    ) -> Result<(), Status>;

    /// Asks another counselor to join a contact that somebody has.
    async fn request_second_counselor(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        wanted: SecondCounselor,
    ) -> Result<(), Status>;

    /// Lets the counselor go.
    async fn release_counselor(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
    ) -> Result<(), Status>;

    /// The counselors in a contact now.
    async fn get_assignment(&self, scope: &ProgramScope, contact: ContactId) -> Result<InContact, Status>;
}

/// A contact that has ended, for which attempts are planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactEnded {
    /// The inbound contact.
    pub contact: ContactId,
    /// Whose; none for an unknown caller.
    pub participant: Option<ParticipantId>,
    /// How urgent it was.
    pub acuity: Acuity,
    /// The way to the caller.
    pub channel: Channel,
    /// What kind of caller.
    pub caller: CallerKind,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Whether there is a number to call back.
    pub reachable: bool,
    /// The reasons of its assessment.
    pub reasons: Vec<String>,
    /// Counts what is asked for this contact, from 1.
    pub sequence: i64,
    /// How it ended.
    pub ending: ContactEnding,
    /// Opens a plan that has ended: a supervisor decided so, or a follow-up call found what asks for another.
    pub again: bool,
    /// The contact in which the caller was back, when its end asks.
    pub returned: Option<ContactId>,
}

/// An attempt that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptEnded {
    /// Of which plan.
    pub plan: PlanId,
    /// Which of its attempts, from 1.
    pub number: i32,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// When.
    pub ended_at: Timestamp,
}

/// Followup: the obligation to reach a person again.
#[tonic::async_trait]
pub trait FollowUpPort: Send + Sync + 'static {
    /// Plans attempts for a contact that has ended.
    async fn plan_follow_ups(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        ended: ContactEnded,
    ) -> Result<(), Status>;

    /// Tells how an attempt went.
    async fn record_attempt(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        ended: AttemptEnded,
    ) -> Result<(), Status>;

    /// Nobody calls any more: a supervisor decided so, or the caller is back.
    async fn stop_follow_ups(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        caller_is_back: bool,
    ) -> Result<(), Status>;
}

/// Referral: the clinics that were told something about a person.
#[tonic::async_trait]
pub trait ReferralPort: Send + Sync + 'static {
    /// A consent was revoked.
    async fn record_consent_revoked(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        consent: ConsentId,
        revoked_at: Timestamp,
    ) -> Result<(), Status>;

    /// Whether a referral was made: NOT_FOUND when it was not.
    async fn describe_referral(&self, scope: &ProgramScope, referral: ReferralId) -> Result<(), Status>;
}
