//! The words of Harborline as types: ids, instants, health information, and the enumerations of the domain.
//!
//! Everything here is plain data without behavior that could fail at run time. Conversions to and from the contracts
//! are in [`wire`], so that domain modules need not name a protobuf type.

mod budget;
mod clock;
mod ids;
mod need;
mod person;
mod phi;
mod skill;
mod subject;
pub mod text;
mod text_enum;
mod time_of_day;
pub mod wire;
mod words;

pub use budget::{Budget, BudgetSpent, Unlimited, within};
pub use clock::{Clock, DevelopmentClock, Timestamp};
pub use ids::{
    AssessmentId, BreakGlassId, ConsentId, ContactId, DecisionId, DutyId, FacilityId, LoweringId, OfferId,
    ParticipantId, PlanId, PoolId, ProgramId, ReferralId, RequestId, RequirementId, SafetyPlanEntryId, ScreeningId,
    ShiftId, SupportPersonId, SwapId, TicketId,
};
pub use need::Need;
pub use person::{Person, PersonId};
pub use phi::Phi;
#[doc(hidden)]
pub use serde;
pub use skill::{Skill, SkillLevel, SkillLevels};
pub use time_of_day::TimeOfDay;
pub use words::{Acuity, CallerKind, Channel, ClosingDuty, CounselorKind, Signal, UnknownWord, Weekday};
