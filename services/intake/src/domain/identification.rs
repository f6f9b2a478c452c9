//! Who a caller turned out to be, and what the caller may be told then (P5, P6).
//!
//! Nobody needs to be known to be answered. What an identification may do to how soon somebody is answered is to raise it.

use chrono::TimeDelta;
use harborline_types::{Acuity, CallerKind, ParticipantId, Person, Phi, SupportPersonId, Timestamp, text_enum};

use super::contact::{Change, Contact};
use super::returning::VerifiedCaller;
use super::task::Task;
use super::verification::PhraseHash;

/// How often the caller of one contact may say a phrase.
pub(crate) const TRIES_OF_CONTACT: i64 = 5;
/// How often one participant's phrase may be said within [`TRIES_WITHIN`], in whatever contacts.
const TRIES_OF_PARTICIPANT: i64 = 20;
/// The time within which the tries with one participant's phrase count.
pub(crate) const TRIES_WITHIN: TimeDelta = TimeDelta::hours(24);

text_enum! {
    /// What an identification rests on.
    pub enum IdentificationBasis {
        /// The phrase was said in the contact.
        Phrase = "phrase",
        /// Somebody of the program knows the caller.
        Recognized = "recognized",
        /// The caller says so.
        Stated = "stated",
    }
}

text_enum! {
    /// What a caller may be told.
    pub enum Telling {
        /// Nothing of anybody's.
        GeneralOnly = "general_only",
        /// Their own records.
        OwnRecords = "own_records",
        /// What the decision about a family member says.
        AsDecided = "as_decided",
    }
}

impl Telling {
    /// What a caller may be told who is vouched for, or is not.
    pub(crate) fn to(caller: CallerKind, is_vouched_for: bool) -> Self {
        match caller {
            CallerKind::Participant if is_vouched_for => Self::OwnRecords,
            CallerKind::FamilyMember => Self::AsDecided,
            CallerKind::Participant | CallerKind::Unknown => Self::GeneralOnly,
        }
    }
}

/// Who a caller is, as somebody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identified {
    pub(crate) participant: ParticipantId,
    /// The participant, or a family member who calls about them.
    pub(crate) caller: CallerKind,
    pub(crate) basis: IdentificationBasis,
    /// Of a family member: who on record it is.
    pub(crate) support_person: Option<SupportPersonId>,
}

impl Identified {
    fn is_vouched_for(self) -> bool {
        matches!(self.basis, IdentificationBasis::Phrase | IdentificationBasis::Recognized)
    }

    /// What the caller may be told.
    pub(crate) fn telling(self) -> Telling {
        Telling::to(self.caller, self.is_vouched_for())
    }

    /// How further contacts of the caller are found; none where nobody vouches for them.
    pub(crate) fn verified_caller(self) -> Option<VerifiedCaller> {
        let is_theirs = self.caller == CallerKind::Participant && self.is_vouched_for();
        is_theirs.then(|| VerifiedCaller::participant(self.participant))
    }
}

/// An identification on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identification {
    /// From 1.
    pub(crate) sequence: i32,
    pub(crate) who: Identified,
    pub(crate) by: Person,
    pub(crate) at: Timestamp,
}

/// The tries made before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tries {
    /// In the contact.
    pub(crate) of_contact: i64,
    /// With the participant's phrase, within the time that counts.
    pub(crate) of_participant: i64,
}

impl Tries {
    /// Whether the phrase may be compared.
    fn is_open(self) -> bool {
        self.of_contact < TRIES_OF_CONTACT && self.of_participant < TRIES_OF_PARTICIPANT
    }

    /// The tries that the contact has after this one.
    pub(crate) fn left(self) -> i64 {
        (TRIES_OF_CONTACT - self.of_contact - 1).max(0)
    }

    /// Whether what a caller says is the phrase. It takes as long whether or not there is one to compare with, and whether
    /// or not it counts.
    pub(crate) fn is_phrase(self, said: &Phi<String>, known: Option<&PhraseHash>) -> bool {
        let is_right = known.unwrap_or(&PhraseHash::nobodys()).is_of(said);
        is_right && known.is_some() && self.is_open()
    }
}

impl Contact {
    /// The caller turns out to be somebody, whose last contact told a level.
    pub(crate) fn identify(mut self, who: Identified, level: Option<Acuity>, now: Timestamp) -> Change {
        self.participant = Some(who.participant);
        self.caller = who.caller;
        self.verified_caller = who.verified_caller();
        let more_urgent = level.filter(|level| !self.state.is_ended() && *level < self.assessment.acuity);
        if let Some(level) = more_urgent {
            self.hold_at(level);
            return Change::of(self, now).owing([Task::Assess]).owing_raise();
        }
        let asks_follow_ups = self.state.is_ended() && self.follow_up.is_none();
        Change { asks_follow_ups, ..Change::of(self, now) }
    }
}

#[cfg(test)]
#[path = "identification_tests.rs"]
mod tests;
