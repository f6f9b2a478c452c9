//! A participant's consent to a disclosure, with what 42 CFR 2.31 wants of one.
//!
//! Where the law leaves a choice this is the stricter: a date of expiry is asked of every consent, and only what is
//! written or signed electronically carries information under Part 2.

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
    /// From this instant on it permits nothing.
    pub expires_at: Timestamp,
    /// That it was given.
    pub signature: Signature,
    /// Whether the participant was told that it can be revoked, and how.
    pub revocation_right_told: bool,
    /// Whether the participant was told that recipients for treatment, payment and operations may disclose further.
    pub redisclosure_told: bool,
    /// From this instant on it permits nothing.
    pub revoked_at: Option<Timestamp>,
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
        demand(self.expires_at > self.signature.at, "expires_at", "must be after it was signed");
        let is_part2 = self.classes.iter().any(|class| class.is_part2());
        let written = self.signature.how != Signed::Spoken || !is_part2;
        demand(written, "signed_how", "must be written where 42 CFR Part 2 protects the information");
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

    /// Whether it was given and is neither revoked nor expired at that instant.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.signature.at <= now && now < self.expires_at && !self.is_revoked(now)
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
        let (signed, expires) = (self.signature.at.format("%Y-%m-%d"), self.expires_at.format("%Y-%m-%dT%H:%MZ"));
        let (disclosers, description) = (self.disclosers.join(", "), self.description.expose());
        Phi::new(format!(
            "Consent {} of {signed} to disclosure by {disclosers}. Information: {description} ({classes}). \
             Purpose: {purposes}. It ends on {expires} unless it is revoked before.",
            self.id
        ))
    }

    fn names_a_recipient(&self) -> bool {
        let is_recipient = |recipient: &ConsentRecipient| !matches!(recipient, ConsentRecipient::Intermediary { .. });
        self.recipients.iter().any(is_recipient)
    }
}
