//! How a participant lies in its row: what is known of the person is sealed in one record.

use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::StoreError;
use harborline_types::{ParticipantId, Person, PersonId, Phi, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::domain::care::CareBrief;
use crate::domain::participant::{Details, LookUp, Participant, ParticipantStatus, Profile, Summary, Whereabouts};
use crate::domain::verification::PhraseHash;

#[derive(FromRow)]
pub(super) struct ParticipantRow {
    participant_id: ParticipantId,
    record: Sealed,
    language: String,
    jurisdiction: Option<String>,
    responsible_clinician_id: PersonId,
    responsible_clinician_name: String,
    status: ParticipantStatus,
    status_since: Option<Timestamp>,
    revision: i64,
    enrolled_at: Option<Timestamp>,
    updated_at: Timestamp,
}

/// What is sealed of a participant.
#[derive(Serialize, Deserialize)]
struct Record {
    name: String,
    dedicated_number: String,
    /// SHA-256 of salt and phrase; the phrase itself is never stored.
    verification_salt: Vec<u8>,
    verification_hash: Vec<u8>,
    goals: Vec<String>,
    challenges: Vec<String>,
    program_rules: Vec<String>,
    /// None of one who was enrolled before there was a profile.
    #[serde(default)]
    profile: Profile,
}

/// Seals what is known of a participant.
pub(super) fn seal(keys: &ProgramKeys, participant: &Participant, phrase: &PhraseHash) -> Result<Sealed, StoreError> {
    let (details, brief) = (&participant.details, participant.care_brief.expose().clone());
    let record = Record {
        name: details.name.expose().clone(),
        dedicated_number: details.dedicated_number.expose().clone(),
        verification_salt: phrase.salt.clone(),
        verification_hash: phrase.hash.clone(),
        goals: brief.goals,
        challenges: brief.challenges,
        program_rules: brief.program_rules,
        profile: details.profile.expose().clone(),
    };
    Ok(keys.seal(&place(participant.id), &Phi::new(record))?)
}

impl Record {
    fn care_brief(self) -> CareBrief {
        CareBrief { goals: self.goals, challenges: self.challenges, program_rules: self.program_rules }
    }
}

/// Where a participant's record is sealed for.
fn place(id: ParticipantId) -> Place {
    Place::new("participant", "record", id)
}

impl ParticipantRow {
    pub(super) fn open(self, keys: &ProgramKeys) -> Result<Participant, StoreError> {
        Ok(self.open_whole(keys)?.0)
    }

    /// The participant, and what is kept of the verification phrase.
    pub(super) fn open_whole(self, keys: &ProgramKeys) -> Result<(Participant, PhraseHash), StoreError> {
        let mut record: Record = keys.open(&place(self.participant_id), &self.record)?.into_exposed();
        let phrase = PhraseHash {
            salt: std::mem::take(&mut record.verification_salt),
            hash: std::mem::take(&mut record.verification_hash),
        };
        let details = Details {
            name: Phi::new(std::mem::take(&mut record.name)),
            dedicated_number: Phi::new(std::mem::take(&mut record.dedicated_number)),
            language: self.language,
            jurisdiction: self.jurisdiction,
            responsible_clinician: Person { id: self.responsible_clinician_id, name: self.responsible_clinician_name },
            profile: Phi::new(std::mem::take(&mut record.profile)),
        };
        let participant = Participant {
            id: self.participant_id,
            status: self.status,
            status_since: self.status_since.or(self.enrolled_at).unwrap_or(self.updated_at),
            details,
            care_brief: Phi::new(record.care_brief()),
            revision: self.revision,
            enrolled_at: self.enrolled_at.unwrap_or(self.updated_at),
            updated_at: self.updated_at,
        };
        Ok((participant, phrase))
    }

    pub(super) fn summary(self, keys: &ProgramKeys) -> Result<Summary, StoreError> {
        let participant = self.open(keys)?;
        let profile = participant.details.profile.into_exposed();
        Ok(Summary {
            id: participant.id,
            status: participant.status,
            responsible_clinician: participant.details.responsible_clinician,
            name: participant.details.name,
            name_to_use: Phi::new(profile.name_to_use),
            birth_date: profile.birth_date,
        })
    }
}

/// The keyed hash by which it is found in a table.
pub(super) fn hash(keys: &ProgramKeys, table: &str, look_up: &LookUp) -> Vec<u8> {
    let (kind, value) = match look_up {
        LookUp::Number(number) => ("number", number.clone()),
        LookUp::NameWord(word) => ("name_word", word.clone()),
        LookUp::BirthDate(day) => ("birth_date", day.to_string()),
    };
    keys.look_up(&format!("{table}.{kind}"), &Phi::new(value)).to_vec()
}

/// What is sealed of where a participant was.
#[derive(Serialize, Deserialize)]
struct Seen {
    place: String,
    by_id: String,
    by_name: String,
    at: Timestamp,
}

fn whereabouts_place(id: ParticipantId) -> Place {
    Place::new("participant", "whereabouts", id)
}

/// Seals where a participant was.
pub(super) fn seal_whereabouts(
    keys: &ProgramKeys,
    id: ParticipantId,
    whereabouts: &Whereabouts,
) -> Result<Sealed, StoreError> {
    let seen = Seen {
        place: whereabouts.place.expose().clone(),
        by_id: whereabouts.by.id.to_string(),
        by_name: whereabouts.by.name.clone(),
        at: whereabouts.at,
    };
    Ok(keys.seal(&whereabouts_place(id), &Phi::new(seen))?)
}

/// Where a participant was.
pub(super) fn open_whereabouts(
    keys: &ProgramKeys,
    id: ParticipantId,
    sealed: &Sealed,
) -> Result<Whereabouts, StoreError> {
    let seen: Seen = keys.open(&whereabouts_place(id), sealed)?.into_exposed();
    let by = PersonId::parse(&seen.by_id).ok_or_else(|| StoreError::Fault("a person without an id".to_owned()))?;
    Ok(Whereabouts { place: Phi::new(seen.place), by: Person { id: by, name: seen.by_name }, at: seen.at })
}
