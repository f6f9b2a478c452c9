//! Typed ids. Two ids of different kinds cannot be confused, and none is made outside the service that owns it.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type, serde::Serialize, serde::Deserialize)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Makes a new id, ordered by time.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(/// One IOP: one tenant.
    ProgramId);
id!(/// Somebody enrolled in a program.
    ParticipantId);
id!(/// A family member or other support person of one participant.
    SupportPersonId);
id!(/// One entry of a safety plan.
    SafetyPlanEntryId);
id!(/// One reach-out.
    ContactId);
id!(/// One conclusion of triage about a contact.
    AssessmentId);
id!(/// One lowering of a contact's acuity, which somebody else must confirm.
    LoweringId);
id!(/// One administration of an instrument.
    ScreeningId);
id!(/// One contact in the queue.
    TicketId);
id!(/// One question to one counselor whether to take a contact.
    OfferId);
id!(/// One shift, on all its days.
    ShiftId);
id!(/// One offer to swap shift days.
    SwapId);
id!(/// One requirement of who must be on duty.
    RequirementId);
id!(/// The counselors and tickets that one matcher decides about.
    PoolId);
id!(/// One facility or partner clinic.
    FacilityId);
id!(/// One referral.
    ReferralId);
id!(/// One follow-up plan.
    PlanId);
id!(/// One consent of a participant.
    ConsentId);
id!(/// One emergency access, which somebody took and answers for.
    BreakGlassId);
id!(/// Something that a supervisor must decide.
    DecisionId);
id!(/// One duty.
    DutyId);
id!(/// What makes a call repeatable: the same id with the same body has one effect and one answer.
    RequestId);

impl RequestId {
    /// The id that nobody has made.
    pub const NIL: Self = Self(Uuid::nil());

    /// Derives the id of a call that a duty makes, from what the duty is about: running the duty again makes the same
    /// call again.
    pub fn derived(call: &str, subject: impl fmt::Display) -> Self {
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("harborline/{call}/{subject}").as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_request_id_depends_on_the_call_and_the_subject_only() {
        let contact = ContactId::new();
        assert_eq!(RequestId::derived("RequestCounselor", contact), RequestId::derived("RequestCounselor", contact));
        assert_ne!(RequestId::derived("RequestCounselor", contact), RequestId::derived("AssessContact", contact));
        assert_ne!(
            RequestId::derived("RequestCounselor", contact),
            RequestId::derived("RequestCounselor", ContactId::new())
        );
    }
}
