//! A participant as a person: how they are reached, spoken with and helped, and where they stand in the program.

use chrono::NaiveDate;
use harborline_types::text::compared;
use harborline_types::{Channel, ParticipantId, Person, Phi, TimeOfDay, Timestamp, Weekday, text_enum};
use serde::{Deserialize, Serialize};

use super::care::CareBrief;

text_enum! {
    /// Where a participant stands in the program. Everybody is answered.
    pub enum ParticipantStatus {
        /// In treatment.
        Active = "active",
        /// Away for a while.
        OnLeave = "on_leave",
        /// Has left the program.
        Discharged = "discharged",
        /// Has died.
        Deceased = "deceased",
    }
}

text_enum! {
    /// How somebody who does not simply speak is called.
    pub enum CallForm {
        /// A voice call.
        Voice = "voice",
        /// A teletypewriter.
        Tty = "tty",
        /// An operator who types.
        TextRelay = "text_relay",
        /// An interpreter who signs.
        VideoRelay = "video_relay",
    }
}

text_enum! {
    /// By whom care is consented to.
    pub enum LegalStatus {
        /// By the person.
        Adult = "adult",
        /// By the person, who is a minor.
        MinorConsented = "minor_consented",
        /// By a parent.
        MinorByParent = "minor_by_parent",
        /// By a guardian, within the scope of an order.
        UnderGuardianship = "under_guardianship",
    }
}

/// Somebody enrolled in a program.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Participant {
    pub(crate) id: ParticipantId,
    pub(crate) status: ParticipantStatus,
    pub(crate) status_since: Timestamp,
    pub(crate) details: Details,
    pub(crate) care_brief: Phi<CareBrief>,
    /// Grows with each change of details and status.
    pub(crate) revision: i64,
    pub(crate) enrolled_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// What people edit of a participant.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Details {
    pub(crate) name: Phi<String>,
    pub(crate) dedicated_number: Phi<String>,
    pub(crate) language: String,
    pub(crate) jurisdiction: Option<String>,
    pub(crate) responsible_clinician: Person,
    pub(crate) profile: Phi<Profile>,
}

/// What helps to reach a person, to speak with them, and to send help. Empty is what nobody has said.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    pub(crate) name_to_use: String,
    pub(crate) pronouns: String,
    pub(crate) birth_date: Option<NaiveDate>,
    pub(crate) legal_status: Option<LegalStatus>,
    pub(crate) other_languages: Vec<String>,
    pub(crate) needs_interpreter: bool,
    pub(crate) call_form: Option<CallForm>,
    pub(crate) preferred_channel: Option<Channel>,
    pub(crate) time_zone: String,
    pub(crate) home_address: String,
    pub(crate) emergency_contacts: Vec<EmergencyContact>,
    pub(crate) local_emergency_number: Option<LocalEmergencyNumber>,
    pub(crate) preferred_hospital: String,
    pub(crate) means_at_hand: Vec<String>,
    pub(crate) safe_numbers: Vec<SafeNumber>,
}

/// Somebody to call in an emergency.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EmergencyContact {
    pub(crate) name: String,
    pub(crate) number: String,
    pub(crate) relation: String,
    /// The day on which the participant agreed that this person may be called; none: they have not.
    pub(crate) authorized_on: Option<NaiveDate>,
}

/// The number of the emergency services where the participant lives, and when somebody has tried it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LocalEmergencyNumber {
    pub(crate) number: String,
    pub(crate) verified_on: NaiveDate,
}

/// A number at which a call is safe, and what is safe there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SafeNumber {
    pub(crate) number: String,
    /// None: at any time.
    pub(crate) times: Vec<SafeTime>,
    pub(crate) voicemail: bool,
    pub(crate) naming_the_program: bool,
}

/// A time of the week, on the participant's clock. It ends on the next day when it does not end after it starts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SafeTime {
    /// None: every day.
    pub(crate) days: Vec<Weekday>,
    pub(crate) starts: TimeOfDay,
    pub(crate) ends: TimeOfDay,
}

/// Where somebody was, as somebody said.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    pub(crate) place: Phi<String>,
    pub(crate) by: Person,
    pub(crate) at: Timestamp,
}

/// As much of a participant as tells one from another.
pub(crate) struct Summary {
    pub(crate) id: ParticipantId,
    pub(crate) status: ParticipantStatus,
    pub(crate) responsible_clinician: Person,
    pub(crate) name: Phi<String>,
    pub(crate) name_to_use: Phi<String>,
    pub(crate) birth_date: Option<NaiveDate>,
}

impl ParticipantStatus {
    /// Whether a contact in the person's name is theirs.
    pub(crate) fn may_call(self) -> bool {
        self != Self::Deceased
    }
}

impl Participant {
    /// The version of what people edit.
    pub(crate) fn etag(&self) -> String {
        self.revision.to_string()
    }

    /// With other details.
    pub(crate) fn with(self, details: Details, now: Timestamp) -> Self {
        Self { details, revision: self.revision + 1, updated_at: now, ..self }
    }

    /// In another status; as they are, in the same one.
    pub(crate) fn in_status(self, status: ParticipantStatus, now: Timestamp) -> Self {
        if self.status == status {
            return self;
        }
        Self { status, status_since: now, revision: self.revision + 1, updated_at: now, ..self }
    }
}

/// What a participant is found by: each is looked up by its keyed hash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LookUp {
    /// A whole number, as E.164.
    Number(String),
    /// A word of the name or of the name to use, in the form by which texts are compared.
    NameWord(String),
    /// A day.
    BirthDate(NaiveDate),
}

impl Details {
    /// All that the participant is found by, each once.
    pub(crate) fn look_ups(&self) -> Vec<LookUp> {
        let profile = self.profile.expose();
        let numbers = profile.safe_numbers.iter().map(|safe| &safe.number).chain([self.dedicated_number.expose()]);
        let words = [self.name.expose(), &profile.name_to_use].into_iter().flat_map(|name| name_words(name));
        let mut all: Vec<LookUp> = numbers.map(|number| LookUp::Number(number.clone())).chain(words).collect();
        all.extend(profile.birth_date.map(LookUp::BirthDate));
        all.sort();
        all.dedup();
        all
    }
}

/// The words of a name, each once. What joins or abbreviates words parts them: "Ana-Lucía O'Neil, Jr." has five.
pub(crate) fn name_words(name: &str) -> Vec<LookUp> {
    let compared = compared(name);
    let words = compared.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<LookUp> = words.map(|word| LookUp::NameWord(word.to_owned())).collect();
    words.sort();
    words.dedup();
    words
}

#[cfg(test)]
#[path = "participant_tests.rs"]
mod tests;
