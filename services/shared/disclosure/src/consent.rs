//! A participant's consent to a disclosure, with what 42 CFR 2.31 wants of one.
//!
//! It ends with a date, with an event that somebody says has come, or, for treatment, payment and operations, with its
//! revocation alone. One that was signed before the participant revoked another, and put on record after that, permits
//! nothing until the participant has confirmed it: they may have meant that one too. Where the law leaves a choice this is
//! the stricter: only what is written or signed electronically carries information under Part 2.

use harborline_types::text::is_blank;
use harborline_types::{ConsentId, FacilityId, ParticipantId, Person, Phi, Timestamp, text_enum};

use crate::{DataClass, Relationship};

text_enum! {
    /// What something is disclosed for.
    pub enum Purpose {
        /// Care of the participant.
        Treatment = "treatment",
        /// Payment for it.
        Payment = "payment",
        /// Running the program.
        Operations = "operations",
        /// The participant asked for it.
        ParticipantRequest = "participant_request",
        /// Family or friends take part in the participant's care.
        FamilyInvolvement = "family_involvement",
        /// To avert a serious and imminent threat, or in a medical emergency. No consent serves it.
        Emergency = "emergency",
    }
}

text_enum! {
    /// How a consent was given.
    pub enum Signed {
        /// On paper.
        Paper = "paper",
        /// By an electronic signature.
        Electronic = "electronic",
        /// Said, and written down by who heard it. Not enough for information under 42 CFR Part 2.
        Spoken = "spoken",
    }
}

/// Who may receive under a consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentRecipient {
    /// One facility.
    Facility(FacilityId),
    /// One person, for example of the family.
    Person {
        /// The person's name.
        name: Phi<String>,
        /// Who the person is to the participant.
        relationship: Relationship,
    },
    /// "My treating providers, health plans, third-party payers, and people helping to operate this program": the one
    /// consent for treatment, payment and operations (42 CFR 2.31).
    TreatmentPaymentOperations,
    /// An exchange or other body through which a disclosure may go; it must be named.
    Intermediary {
        /// Its name.
        name: Phi<String>,
    },
}

/// That it was given, how, when, and who has it on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// How.
    pub how: Signed,
    /// When.
    pub at: Timestamp,
    /// Who recorded it.
    pub recorded_by: Person,
}

/// With what a consent ends if it is not revoked before (42 CFR 2.31(a)(7)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// From this instant on it permits nothing.
    On(Timestamp),
    /// An event or condition, in words, and since when it has come.
    With {
        /// Which.
        event: Phi<String>,
        /// None until somebody says so.
        since: Option<Timestamp>,
    },
    /// Nothing: for treatment, payment and operations alone.
    Nothing,
}

impl Expiry {
    /// Whether it has ended the consent at that instant.
    pub fn has_come(&self, now: Timestamp) -> bool {
        match self {
            Self::On(instant) => *instant <= now,
            Self::With { since, .. } => since.is_some_and(|since| since <= now),
            Self::Nothing => false,
        }
    }
}

/// Whether the participant must confirm a consent that was signed before they revoked another and put on record after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// They need not.
    NotNeeded,
    /// They must.
    Awaited,
    /// They have.
    Given {
        /// The person by whom that was put on record.
        by: Person,
        /// When.
        at: Timestamp,
    },
}

/// One consent of a participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Its reference, which travels with what is disclosed under it.
    pub id: ConsentId,
    /// Whose information.
    pub participant: ParticipantId,
    /// Who may disclose, by name.
    pub disclosers: Vec<String>,
    /// What may be disclosed, in words specific enough for the participant to know it.
    pub description: Phi<String>,
    /// What may be disclosed, in classes.
    pub classes: Vec<DataClass>,
    /// To whom.
    pub recipients: Vec<ConsentRecipient>,
    /// For what.
    pub purposes: Vec<Purpose>,
    /// With what it ends.
    pub expiry: Expiry,
    /// That it was given.
    pub signature: Signature,
    /// Whether the participant was told that it can be revoked, and how.
    pub revocation_right_told: bool,
    /// Whether the participant was told that recipients for treatment, payment and operations may disclose further.
    pub redisclosure_told: bool,
    /// From this instant on it permits nothing.
    pub revoked_at: Option<Timestamp>,
    /// Whether a revocation that was on record before it leaves it in doubt.
    pub confirmation: Confirmation,
}

/// What a consent lacks: the field, and what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field's name in the contract.
    pub field: &'static str,
    /// What it must be.
    pub must: &'static str,
}

impl Consent {
    /// Everything that keeps it from being a consent in a program; empty when nothing does. Where the program is under 42
    /// CFR Part 2, all that tells who is in care there is, and a consent must reach it to permit anything.
    /// One that has ended before is kept for the accounting, and permits nothing anyway.
    pub fn faults_in(&self, is_part2_program: bool, now: Timestamp) -> Vec<Fault> {
        let mut faults = self.faults();
        let has_ended = self.is_revoked(now) || self.expiry.has_come(now);
        let of_use = !is_part2_program
            || has_ended
            || self.classes.is_empty()
            || self.classes.iter().any(|class| class.is_part2());
        if !of_use {
            let must = "must name part2_sud: in a program under 42 CFR Part 2 nothing else of it is told by consent";
            faults.push(Fault { field: "data_classes", must });
            if self.signature.how == Signed::Spoken {
                faults.push(Self::UNWRITTEN);
            }
        }
        faults
    }

    const UNWRITTEN: Fault =
        Fault { field: "signed_how", must: "must be written where 42 CFR Part 2 protects the information" };

    /// Everything that keeps it from being a consent; empty when nothing does. A consent with a fault permits nothing.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut demand = |holds: bool, field, must| {
            if !holds {
                faults.push(Fault { field, must });
            }
        };
        let is_named = |name: &str| !is_blank(name);
        let named = !self.disclosers.is_empty() && self.disclosers.iter().all(|name| is_named(name));
        demand(named, "disclosers", "must name who may disclose");
        demand(is_named(self.description.expose()), "description", "must say specifically what may be disclosed");
        demand(!self.classes.is_empty(), "data_classes", "must name at least one class");
        demand(!self.holds(DataClass::PsychotherapyNote), "data_classes", "must not hold psychotherapy notes");
        demand(
            !self.holds(DataClass::FamilyConfidence),
            "data_classes",
            "must not hold what others told in confidence",
        );
        let own = !self.holds(DataClass::SudCounselingNote) || self.classes.len() == 1;
        demand(own, "data_classes", "must hold substance use counseling notes alone: they need a consent of their own");
        demand(self.names_a_recipient(), "recipients", "must name at least one, not only an intermediary");
        let all_named = self.recipients.iter().all(|recipient| match recipient {
            ConsentRecipient::Person { name, .. } | ConsentRecipient::Intermediary { name } => is_named(name.expose()),
            ConsentRecipient::Facility(_) | ConsentRecipient::TreatmentPaymentOperations => true,
        });
        demand(all_named, "recipients", "must name each person and each intermediary");
        demand(!self.purposes.is_empty(), "purposes", "must name at least one");
        demand(
            !self.purposes.contains(&Purpose::Emergency),
            "purposes",
            "must not name emergencies: none needs consent",
        );
        match &self.expiry {
            Expiry::On(instant) => demand(*instant > self.signature.at, "expires_at", "must be after it was signed"),
            Expiry::With { event, since } => {
                demand(is_named(event.expose()), "expires_with", "must say with which event or condition it ends");
                let is_after = since.is_none_or(|since| since >= self.signature.at);
                demand(is_after, "expired_at", "must not be before it was signed");
            }
            Expiry::Nothing => {
                let lasting = [Purpose::Treatment, Purpose::Payment, Purpose::Operations];
                let may_last = self.purposes.iter().all(|purpose| lasting.contains(purpose));
                demand(may_last, "does_not_expire", "must be false, but for treatment, payment and operations alone");
            }
        }
        let is_revoked_after = self.revoked_at.is_none_or(|revoked_at| revoked_at >= self.signature.at);
        demand(is_revoked_after, "revoked_at", "must not be before it was signed");
        let is_part2 = self.classes.iter().any(|class| class.is_part2());
        let written = self.signature.how != Signed::Spoken || !is_part2;
        demand(written, Self::UNWRITTEN.field, Self::UNWRITTEN.must);
        demand(self.revocation_right_told, "revocation_right_told", "must be true: the right to revoke was told");
        let told = self.redisclosure_told || !self.is_for_treatment_payment_operations();
        demand(told, "redisclosure_told", "must be true for treatment, payment and operations");
        faults
    }

    /// Whether it is the one consent for treatment, payment and operations.
    pub fn is_for_treatment_payment_operations(&self) -> bool {
        self.recipients.contains(&ConsentRecipient::TreatmentPaymentOperations)
    }

    /// Whether it covers the class.
    pub fn holds(&self, class: DataClass) -> bool {
        self.classes.contains(&class)
    }

    /// Whether it was given, is neither revoked nor expired at that instant, and waits for nobody's confirmation.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        let is_certain = self.confirmation != Confirmation::Awaited;
        self.signature.at <= now && !self.expiry.has_come(now) && !self.is_revoked(now) && is_certain
    }

    /// Whether it was given in words that can be read.
    pub fn is_written(&self) -> bool {
        self.signature.how != Signed::Spoken
    }

    /// Whether it is revoked at that instant.
    pub fn is_revoked(&self, now: Timestamp) -> bool {
        self.revoked_at.is_some_and(|revoked_at| revoked_at <= now)
    }

    /// Its scope in words for a recipient: the "clear explanation" that 42 CFR 2.32 wants beside a disclosure.
    pub fn explained(&self) -> Phi<String> {
        let list = |words: Vec<&'static str>| words.join(", ");
        let classes = list(self.classes.iter().map(|class| class.as_str()).collect());
        let purposes = list(self.purposes.iter().map(|purpose| purpose.as_str()).collect());
        let signed = self.signature.at.format("%Y-%m-%d");
        let ends = match &self.expiry {
            Expiry::On(instant) => {
                format!("It ends on {} unless it is revoked before.", instant.format("%Y-%m-%dT%H:%MZ"))
            }
            Expiry::With { event, .. } => format!("It ends with {} unless it is revoked before.", event.expose()),
            Expiry::Nothing => "It ends when it is revoked.".to_owned(),
        };
        let (disclosers, description) = (self.disclosers.join(", "), self.description.expose());
        Phi::new(format!(
            "Consent {} of {signed} to disclosure by {disclosers}. Information: {description} ({classes}). \
             Purpose: {purposes}. {ends}",
            self.id
        ))
    }

    fn names_a_recipient(&self) -> bool {
        let is_recipient = |recipient: &ConsentRecipient| !matches!(recipient, ConsentRecipient::Intermediary { .. });
        self.recipients.iter().any(is_recipient)
    }
}
