//! How what a caller stated lies sealed: with the contact, or as a further statement in it.

use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::StoreError;
use harborline_types::{ContactId, Phi, Signal};
use serde::{Deserialize, Serialize};

use crate::domain::facts::{AsqAnswer, CallBackRules, Facts, SelfScreening};

/// What is sealed of what the caller stated.
#[derive(Serialize, Deserialize)]
struct Stated {
    signals: Vec<Signal>,
    /// The five answers of the ASQ; nothing when none was given.
    self_screening: Option<[Option<AsqAnswer>; 5]>,
    callback_number: Option<String>,
    #[serde(default)]
    callback_as_typed: Option<String>,
    own_words: Option<String>,
    #[serde(default)]
    voicemail_is_safe: bool,
    #[serde(default)]
    naming_the_program_is_safe: bool,
}

/// Where what was stated at the opening is sealed for.
pub(super) fn contact_place(id: ContactId) -> Place {
    Place::new("contact", "stated", id)
}

/// Where a further statement is sealed for.
pub(super) fn statement_place(id: ContactId, number: i32) -> Place {
    Place::new("statement", "stated", format_args!("{id}/{number}"))
}

/// Seals what the caller stated.
pub(super) fn seal(keys: &ProgramKeys, place: &Place, facts: &Facts) -> Result<Sealed, StoreError> {
    let stated = Stated {
        signals: facts.signals.clone(),
        self_screening: facts.self_screening.as_ref().map(answers),
        callback_number: facts.callback_number.as_ref().map(|number| number.expose().clone()),
        callback_as_typed: facts.callback_as_typed.as_ref().map(|typed| typed.expose().clone()),
        own_words: facts.own_words.as_ref().map(|words| words.expose().clone()),
        voicemail_is_safe: facts.call_back_rules.voicemail,
        naming_the_program_is_safe: facts.call_back_rules.naming_the_program,
    };
    Ok(keys.seal(place, &Phi::new(stated))?)
}

/// What the caller stated.
pub(super) fn open(keys: &ProgramKeys, place: &Place, sealed: &Sealed) -> Result<Facts, StoreError> {
    let stated: Stated = keys.open(place, sealed)?.into_exposed();
    Ok(Facts {
        signals: stated.signals,
        self_screening: stated.self_screening.map(screening),
        callback_number: stated.callback_number.map(Phi::new),
        callback_as_typed: stated.callback_as_typed.map(Phi::new),
        call_back_rules: CallBackRules {
            voicemail: stated.voicemail_is_safe,
            naming_the_program: stated.naming_the_program_is_safe,
        },
        own_words: stated.own_words.map(Phi::new),
    })
}

fn screening(answers: [Option<AsqAnswer>; 5]) -> SelfScreening {
    let [wished_dead, better_off_dead, thoughts_past_week, ever_tried, thoughts_now] = answers;
    SelfScreening { wished_dead, better_off_dead, thoughts_past_week, ever_tried, thoughts_now }
}

fn answers(screening: &SelfScreening) -> [Option<AsqAnswer>; 5] {
    [
        screening.wished_dead,
        screening.better_off_dead,
        screening.thoughts_past_week,
        screening.ever_tried,
        screening.thoughts_now,
    ]
}
