//! What policy decides about: the purpose of a call, what it is about, and what is known of that.

use std::fmt;

use harborline_types::{Acuity, ContactId, ParticipantId, text_enum};

text_enum! {
    /// Why somebody looks or acts, as HL7's PurposeOfUse has it. The caller states it; the kind of call has a usual one.
    pub enum Purpose {
        /// Care of the person (TREAT).
        Treatment = "treatment",
        /// Care in an emergency, when nobody can be asked (ETREAT).
        EmergencyTreatment = "emergency_treatment",
        /// Running the program: rosters, oversight, audits (HOPERAT).
        Operations = "operations",
        /// The participant's own wish (PATRQT).
        ParticipantRequest = "participant_request",
        /// A family member's wish (FAMRQT).
        FamilyRequest = "family_request",
    }
}

/// What a call touches: the records whose accounting must show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Somebody's enrolment, care brief, consents.
    Participant(ParticipantId),
    /// One reach-out, with all that belongs to it.
    Contact(ContactId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Participant(id) => write!(f, "participant/{id}"),
            Self::Contact(id) => write!(f, "contact/{id}"),
        }
    }
}

/// What is known about the record that a call wants, for conditions of the policy. What is not known is false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The caller is who answers the contact, or follows it up.
    pub is_assigned: bool,
    /// The record is the caller's own: the participant's, or of the contact that this family member opened.
    pub is_own: bool,
    /// A consent in force covers what is asked, for this caller and purpose.
    pub has_consent: bool,
    /// An open break-glass of this caller covers what is asked.
    pub has_broken_glass: bool,
    /// The contact's acuity.
    pub acuity: Option<Acuity>,
}

/// A refusal: the rule that decided it, for the operator. The caller learns nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The rule's name in the policy files; `default` when no rule permitted the call.
    pub rule: String,
}
