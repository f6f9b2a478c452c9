//! One try to reach somebody.

use harborline_types::{ContactId, Timestamp, text_enum};

text_enum! {
    /// Where an attempt stands.
    pub enum AttemptState {
        /// Due at an instant.
        Planned = "planned",
        /// An outbound contact is open for it.
        Underway = "underway",
        /// The person was reached.
        Reached = "reached",
        /// In vain.
        NotReached = "not_reached",
        /// The person wants no more.
        Declined = "declined",
        /// No counselor made it.
        NotMade = "not_made",
        /// Nobody makes it: a supervisor decided so, or the caller was back.
        Stopped = "stopped",
    }
}

/// How the outbound contact of an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The person was reached.
    Reached,
    /// In vain.
    NotReached,
    /// The person wants no more.
    Declined,
    /// No counselor was in the outbound contact.
    NotMade,
}

impl AttemptOutcome {
    /// Where it leaves the attempt.
    pub(super) fn state(self) -> AttemptState {
        match self {
            Self::Reached => AttemptState::Reached,
            Self::NotReached => AttemptState::NotReached,
            Self::Declined => AttemptState::Declined,
            Self::NotMade => AttemptState::NotMade,
        }
    }
}

/// One try to reach somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: i32,
    /// Where it stands.
    pub state: AttemptState,
    /// When it is made.
    pub due_at: Timestamp,
    /// When it must be made at the latest. It lies before `due_at` when no counselor made the attempts before it in time.
    pub due_by: Timestamp,
    /// The contact that intake opened for it.
    pub outbound_contact: Option<ContactId>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Attempt {
    /// One that is due.
    pub(super) fn planned(number: i32, due_at: Timestamp, due_by: Timestamp) -> Self {
        Self { number, state: AttemptState::Planned, due_at, due_by, outbound_contact: None, ended_at: None }
    }

    /// Whether it has not ended.
    pub fn is_open(&self) -> bool {
        self.is_planned() || self.state == AttemptState::Underway
    }

    /// Whether nobody is at it yet.
    pub fn is_planned(&self) -> bool {
        self.state == AttemptState::Planned
    }

    pub(super) fn end(&mut self, state: AttemptState, at: Timestamp) -> Self {
        self.state = state;
        self.ended_at = Some(at);
        self.clone()
    }
}
