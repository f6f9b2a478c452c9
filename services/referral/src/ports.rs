//! The one neighbor that referral calls: intake, the hub.

use harborline_disclosure::DataClass;
use harborline_identity::ProgramScope;
use harborline_types::{ContactId, FacilityId, Person, ReferralId, RequestId};
use tonic::Status;

use crate::domain::disclosure::Verdict;

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

/// What referral asks of intake and tells it. The request id makes every call repeatable. It fails with intake's refusal, or
/// when intake cannot be reached.
#[tonic::async_trait]
pub trait IntakePort: Send + Sync + 'static {
    /// Asks whether a facility may be told, now. The answer is not to be kept.
    async fn check_disclosure(&self, scope: &ProgramScope, question: MayTell) -> Result<Verdict, Status>;

    /// Registers a referral that is about to be made: from the answer on custody lasts because of it.
    async fn register_referral(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        referral: ReferralId,
    ) -> Result<(), Status>;

    /// A referral has ended.
    async fn record_referral_ended(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        referral: ReferralId,
    ) -> Result<(), Status>;

    /// A clinic has accepted.
    async fn record_referral_accepted(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        accepted: ReferralAccepted,
    ) -> Result<(), Status>;
}
