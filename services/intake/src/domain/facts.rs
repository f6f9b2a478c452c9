//! What a caller said when the contact was opened. It goes to triage and to the counselor; none of it prints.

use harborline_types::{Phi, Signal, text_enum};

text_enum! {
    /// An answer to one question of the ASQ.
    pub enum AsqAnswer {
        /// No.
        No = "no",
        /// Yes.
        Yes = "yes",
        /// The caller would not say.
        Refused = "refused",
    }
}

/// The ASQ as the caller answered it before a human was there; it may be incomplete.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct SelfScreening {
    /// Wished to be dead in the past few weeks.
    pub wished_dead: Option<AsqAnswer>,
    /// Felt that the family would be better off without them.
    pub better_off_dead: Option<AsqAnswer>,
    /// Thought of killing themself in the past week.
    pub thoughts_past_week: Option<AsqAnswer>,
    /// Has ever tried to kill themself.
    pub ever_tried: Option<AsqAnswer>,
    /// Thinks of killing themself now.
    pub thoughts_now: Option<AsqAnswer>,
}

/// What a person said is safe when they are called back. What was not said is not safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct CallBackRules {
    pub(crate) voicemail: bool,
    /// To say which program calls.
    pub(crate) naming_the_program: bool,
}

/// What the caller and the front end stated.
#[derive(Clone, Default)]
pub(crate) struct Facts {
    pub(crate) signals: Vec<Signal>,
    pub(crate) self_screening: Option<SelfScreening>,
    /// E.164: can be dialed, and is looked up by its hash.
    pub(crate) callback_number: Option<Phi<String>>,
    /// What was typed where no number could be read: for people to read, never dialed and never looked up.
    pub(crate) callback_as_typed: Option<Phi<String>>,
    pub(crate) call_back_rules: CallBackRules,
    /// For the counselor; never read by software.
    pub(crate) own_words: Option<Phi<String>>,
}

impl Facts {
    /// Whether triage has something to judge in it.
    pub(crate) fn is_to_be_judged(&self) -> bool {
        !self.signals.is_empty() || self.self_screening.is_some()
    }

    /// What counts when the caller is called back, after `again` was said: the newest number, and what was said of it.
    pub(crate) fn call_back_as_in(&mut self, again: &Self) {
        if again.callback_number.is_some() {
            self.callback_number.clone_from(&again.callback_number);
            self.callback_as_typed = None;
            self.call_back_rules = again.call_back_rules;
        }
        if again.callback_as_typed.is_some() {
            self.callback_as_typed.clone_from(&again.callback_as_typed);
        }
    }
}
