//! A family member or other support person of a participant: who they are, and what the participant wants of them.

use chrono::NaiveDate;
use harborline_disclosure::{Consent, DataClass, Preference, Purpose, Question, Recipient, Relationship, decide};
use harborline_types::{ConsentId, ParticipantId, Phi, SupportPersonId, Timestamp, text_enum};
use serde::{Deserialize, Serialize};

use super::participant::{EmergencyContact, LookUp, name_words};
use super::verification::PhraseHash;

text_enum! {
    /// Whether somebody may be called about the participant.
    pub enum ContactRule {
        /// The participant has agreed.
        MayBeContacted = "may_be_contacted",
        /// Only when somebody is in danger.
        InAnEmergency = "in_an_emergency",
        /// Never.
        Never = "never",
    }
}

text_enum! {
    /// By what somebody decides for a participant (45 CFR 164.502(g)).
    pub enum Representation {
        /// The parent of a minor.
        ParentOfMinor = "parent_of_minor",
        /// A guardian by a court's order.
        Guardian = "guardian",
        /// Named by the participant.
        HealthCareAgent = "health_care_agent",
    }
}

/// What a consent may allow to be told.
const CLASSES: [DataClass; 3] = [DataClass::GeneralPhi, DataClass::Part2Sud, DataClass::SudCounselingNote];

/// A support person of one participant.
pub(crate) struct SupportPerson {
    pub(crate) id: SupportPersonId,
    pub(crate) participant: ParticipantId,
    pub(crate) details: Phi<Details>,
    /// What is kept of the phrase by which the person is recognized.
    pub(crate) phrase: Option<PhraseHash>,
    /// Grows with each change of details and phrase.
    pub(crate) revision: i64,
    pub(crate) added_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// Since when the person is none any more.
    pub(crate) ended_at: Option<Timestamp>,
}

/// What people edit of a support person.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) name: String,
    pub(crate) relationship: Relationship,
    pub(crate) numbers: Vec<String>,
    pub(crate) language: String,
    /// None: nobody has asked.
    pub(crate) rule: Option<ContactRule>,
    pub(crate) note: String,
    pub(crate) representative: Option<Representative>,
    /// The subject of the person's access token; empty: none.
    pub(crate) token_subject: String,
}

/// That somebody decides for the participant, and on which days.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Representative {
    pub(crate) by: Representation,
    pub(crate) scope: String,
    pub(crate) confirmed_on: NaiveDate,
    pub(crate) holds_until: Option<NaiveDate>,
}

/// What one consent allows to be told.
pub(crate) struct Allowed {
    pub(crate) consent: ConsentId,
    pub(crate) classes: Vec<DataClass>,
}

impl Representative {
    fn holds_on(&self, day: NaiveDate) -> bool {
        self.confirmed_on <= day && self.holds_until.is_none_or(|last| day <= last)
    }
}

impl Details {
    /// All that the person is found by, each once.
    pub(crate) fn look_ups(&self) -> Vec<LookUp> {
        let numbers = self.numbers.iter().cloned().map(LookUp::Number);
        let mut all: Vec<_> = numbers.chain(name_words(&self.name)).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether the person decides for the participant on a day.
    pub(crate) fn represents_on(&self, day: NaiveDate) -> bool {
        self.representative.as_ref().is_some_and(|representative| representative.holds_on(day))
    }

    /// What the participant wants told to this person: whom nobody may contact, nothing, unless they agree now.
    pub(crate) fn preference(&self, said: Preference) -> Preference {
        match (self.rule, said) {
            (Some(ContactRule::Never), Preference::NotAsked | Preference::DidNotObject) => Preference::Objected,
            _ => said,
        }
    }

    /// Those of these emergency contacts whom nobody may contact, since the number is this person's.
    pub(crate) fn forbidden_among(&self, contacts: &[EmergencyContact]) -> Vec<usize> {
        let is_never = self.rule == Some(ContactRule::Never);
        let is_forbidden = |contact: &EmergencyContact| is_never && self.numbers.contains(&contact.number);
        (0..contacts.len()).filter(|at| is_forbidden(&contacts[*at])).collect()
    }

    /// What consents in force allow to be told to the person, in a program that is under 42 CFR Part 2 or is not.
    pub(crate) fn allowed(
        &self,
        participant: ParticipantId,
        consents: &[Consent],
        is_part2: bool,
        now: Timestamp,
    ) -> Vec<Allowed> {
        let mut allowed: Vec<Allowed> = Vec::new();
        for class in CLASSES.map(|class| class.in_program(is_part2)) {
            let Some(consent) = self.consent_to(class, participant, consents, now) else { continue };
            match allowed.iter_mut().find(|known| known.consent == consent) {
                Some(known) if known.classes.contains(&class) => {}
                Some(known) => known.classes.push(class),
                None => allowed.push(Allowed { consent, classes: vec![class] }),
            }
        }
        allowed
    }

    fn consent_to(
        &self,
        class: DataClass,
        participant: ParticipantId,
        consents: &[Consent],
        now: Timestamp,
    ) -> Option<ConsentId> {
        let name = Phi::new(self.name.clone());
        let question = Question {
            participant: Some(participant),
            class,
            purpose: Purpose::FamilyInvolvement,
            recipient: Recipient::Person { name: &name, relationship: self.relationship },
            through: None,
            now,
        };
        decide(&question, consents, None).ok()?.consent()
    }
}

impl SupportPerson {
    /// The version of what people edit.
    pub(crate) fn etag(&self) -> String {
        self.revision.to_string()
    }

    /// With other details and, where one is given, another phrase.
    pub(crate) fn with(self, details: Phi<Details>, phrase: Option<PhraseHash>, now: Timestamp) -> Self {
        let phrase = phrase.or(self.phrase);
        Self { details, phrase, revision: self.revision + 1, updated_at: now, ..self }
    }

    /// No support person any more; as they are, when they are none.
    pub(crate) fn ended(self, now: Timestamp) -> Self {
        if self.ended_at.is_some() {
            return self;
        }
        Self { ended_at: Some(now), revision: self.revision + 1, updated_at: now, ..self }
    }
}

#[cfg(test)]
#[path = "support_person_tests.rs"]
mod tests;
