//! Whether something may be told, and on what basis.

use harborline_types::text::compared;
use harborline_types::{BreakGlassId, ConsentId, FacilityId, ParticipantId, Phi, Timestamp, text_enum};

use crate::{Consent, ConsentRecipient, DataClass, Emergency, EmergencyKind, Purpose, Relationship};

text_enum! {
    /// What permits a disclosure.
    pub enum Basis {
        /// It holds no health information.
        Operational = "operational",
        /// To the participant, about the participant (45 CFR 164.524, 42 CFR 2.23).
        ParticipantAccess = "participant_access",
        /// To who gives care, for treatment (45 CFR 164.506(c)). Never under Part 2.
        Treatment = "treatment",
        /// A consent in force covers it (42 CFR 2.31).
        Consent = "consent",
        /// To who is able to lessen a serious and imminent threat (45 CFR 164.512(j)). Never under Part 2.
        SeriousThreat = "serious_threat",
        /// To medical personnel in a medical emergency, on record with its four fields (42 CFR 2.51).
        MedicalEmergency = "medical_emergency",
    }
}

text_enum! {
    /// Why nothing is disclosed. Of several consents the one that comes closest gives the reason: in this order.
    pub enum Refusal {
        /// No consent is on record, and nothing else permits it.
        ConsentMissing = "consent_missing",
        /// No consent names this recipient.
        RecipientNotCovered = "recipient_not_covered",
        /// No consent to this recipient covers this class.
        ClassNotCovered = "class_not_covered",
        /// No consent to this recipient about this class serves this purpose.
        PurposeNotCovered = "purpose_not_covered",
        /// The consent that covered it has expired.
        ConsentExpired = "consent_expired",
        /// The consent that covered it was revoked.
        ConsentRevoked = "consent_revoked",
        /// The consent that covered it was signed before the participant revoked another, and waits to be confirmed.
        ConsentUnconfirmed = "consent_unconfirmed",
        /// Psychotherapy notes leave the program for nobody.
        PsychotherapyNote = "psychotherapy_note",
        /// It was told in confidence, and would reveal the source.
        ToldInConfidence = "told_in_confidence",
    }
}

/// The recipient who would be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient<'a> {
    /// The participant, about the participant.
    Participant,
    /// A facility or clinic.
    Facility {
        /// Which.
        id: FacilityId,
        /// Whether it gives health care, so that it may be told for treatment and its staff are medical personnel.
        gives_care: bool,
    },
    /// Somebody who was recognized, for example of the family.
    Person {
        /// The person's name.
        name: &'a Phi<String>,
        /// Who the person is to the participant.
        relationship: Relationship,
    },
    /// A health plan or third-party payer.
    Payer,
    /// Somebody who helps to operate the program.
    Operator,
}

/// May this be told?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Whose information; none for somebody whom the program does not know, who has consented to nothing.
    pub participant: Option<ParticipantId>,
    /// What, as it is in the program ([`DataClass::in_program`]).
    pub class: DataClass,
    /// For what.
    pub purpose: Purpose,
    /// To whom.
    pub recipient: Recipient<'a>,
    /// Through which exchange or other body; none when directly.
    pub through: Option<&'a Phi<String>>,
    /// At which instant.
    pub now: Timestamp,
}

/// That something may be told, now. Only [`decide`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    basis: Basis,
    consent: Option<ConsentId>,
    emergency: Option<BreakGlassId>,
}

impl Permission {
    /// Why it may.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// The consent, when that is the basis.
    pub fn consent(&self) -> Option<ConsentId> {
        self.consent
    }

    /// The emergency on record, when that is the basis.
    pub fn emergency(&self) -> Option<BreakGlassId> {
        self.emergency
    }

    fn on(basis: Basis) -> Self {
        Self { basis, consent: None, emergency: None }
    }
}

/// Decides whether something may be told, from the consents of the participant and the emergency that is on record.
///
/// # Errors
/// Why it may not.
pub fn decide(
    question: &Question<'_>,
    consents: &[Consent],
    emergency: Option<&Emergency>,
) -> Result<Permission, Refusal> {
    match question.class {
        DataClass::Operational => return Ok(Permission::on(Basis::Operational)),
        DataClass::PsychotherapyNote => return Err(Refusal::PsychotherapyNote),
        DataClass::FamilyConfidence => return Err(Refusal::ToldInConfidence),
        DataClass::GeneralPhi | DataClass::Part2Sud | DataClass::SudCounselingNote => {}
    }
    let without_consent = by_law(question).or_else(|| by_emergency(question, emergency?));
    without_consent.map_or_else(|| by_consent(question, consents), Ok)
}

/// What needs neither consent nor emergency.
fn by_law(question: &Question<'_>) -> Option<Permission> {
    let basis = match (question.recipient, question.class, question.purpose) {
        // Notes that are kept apart from the record are not part of that access.
        (Recipient::Participant, DataClass::GeneralPhi | DataClass::Part2Sud, _) => Basis::ParticipantAccess,
        (Recipient::Facility { gives_care: true, .. }, DataClass::GeneralPhi, Purpose::Treatment) => Basis::Treatment,
        _ => return None,
    };
    (question.through.is_none() || basis == Basis::Treatment).then(|| Permission::on(basis))
}

fn by_emergency(question: &Question<'_>, emergency: &Emergency) -> Option<Permission> {
    let Recipient::Facility { id, gives_care } = question.recipient else { return None };
    let is_this_one = emergency.facility == id && question.participant == Some(emergency.participant);
    if !is_this_one || !emergency.is_complete() || !emergency.lasts(question.now) {
        return None;
    }
    let basis = match (emergency.kind, question.class, question.purpose) {
        (
            EmergencyKind::Medical,
            DataClass::GeneralPhi | DataClass::Part2Sud,
            Purpose::Emergency | Purpose::Treatment,
        ) if gives_care => Basis::MedicalEmergency,
        // 512(j) lifts HIPAA's bar and not that of Part 2.
        (EmergencyKind::Threat, DataClass::GeneralPhi, Purpose::Emergency) => Basis::SeriousThreat,
        _ => return None,
    };
    Some(Permission { emergency: Some(emergency.id), ..Permission::on(basis) })
}

fn by_consent(question: &Question<'_>, consents: &[Consent]) -> Result<Permission, Refusal> {
    let mut closest = Refusal::ConsentMissing;
    for consent in consents {
        let is_theirs = question.participant == Some(consent.participant);
        if !is_theirs || consent.signature.at > question.now || !consent.faults().is_empty() {
            continue;
        }
        match lack(question, consent) {
            None => {
                return Ok(Permission { consent: Some(consent.id), ..Permission::on(Basis::Consent) });
            }
            Some(refusal) => closest = closest.max(refusal),
        }
    }
    Err(closest)
}

/// Why this consent does not permit it; none when it does.
fn lack(question: &Question<'_>, consent: &Consent) -> Option<Refusal> {
    if !names(consent, question) {
        Some(Refusal::RecipientNotCovered)
    } else if !consent.holds(question.class) {
        Some(Refusal::ClassNotCovered)
    } else if !consent.purposes.contains(&question.purpose) {
        Some(Refusal::PurposeNotCovered)
    } else if !consent.is_in_force(question.now) {
        Some(if consent.is_revoked(question.now) {
            Refusal::ConsentRevoked
        } else if consent.expiry.has_come(question.now) {
            Refusal::ConsentExpired
        } else {
            Refusal::ConsentUnconfirmed
        })
    } else {
        None
    }
}

/// Whether the consent names who would be told, and through whom.
fn names(consent: &Consent, question: &Question<'_>) -> bool {
    let through = question.through.is_none_or(|body| {
        consent
            .recipients
            .iter()
            .any(|recipient| matches!(recipient, ConsentRecipient::Intermediary { name } if is_same_name(name, body)))
    });
    through && consent.recipients.iter().any(|recipient| is_recipient(recipient, question))
}

fn is_recipient(named: &ConsentRecipient, question: &Question<'_>) -> bool {
    match (named, question.recipient) {
        (ConsentRecipient::Facility(named), Recipient::Facility { id, .. }) => *named == id,
        (ConsentRecipient::Person { name, relationship }, Recipient::Person { name: asked, relationship: as_ }) => {
            is_same_name(name, asked) && *relationship == as_
        }
        (ConsentRecipient::TreatmentPaymentOperations, recipient) => matches!(
            (recipient, question.purpose),
            (Recipient::Facility { gives_care: true, .. }, Purpose::Treatment)
                | (Recipient::Payer, Purpose::Payment)
                | (Recipient::Operator, Purpose::Operations)
        ),
        _ => false,
    }
}

/// Names are the same however they are typed.
fn is_same_name(one: &Phi<String>, other: &Phi<String>) -> bool {
    compared(one.expose()) == compared(other.expose())
}
