//! The next-session digest: what happened to a participant since their care team last read it.

use harborline_types::{Acuity, ContactId, Timestamp, text_enum};

use super::attempt::{Attempt, AttemptState};
use super::closed::Closed;
use super::plan::{Plan, PlanState};

text_enum! {
    /// What an entry tells.
    pub enum EntryKind {
        /// A contact has ended.
        Contact = "contact",
        /// An attempt to reach the participant has ended.
        Attempt = "attempt",
        /// All attempts were in vain, or one was not made in time: a supervisor must decide.
        DecisionNeeded = "decision_needed",
    }
}

/// One entry; its sequence is given when it is kept.
#[derive(Clone)]
pub struct Entry {
    /// What it tells.
    pub kind: EntryKind,
    /// When that happened.
    pub at: Timestamp,
    /// The contact that has ended; of an attempt, the one that the plan belongs to.
    pub contact: ContactId,
    /// How urgent it was.
    pub acuity: Acuity,
    /// Reasons of the assessment.
    pub reasons: Vec<String>,
    /// How an attempt ended, or where one stood when it was late.
    pub attempt_state: Option<AttemptState>,
}

impl Entry {
    /// A contact has ended.
    pub fn of_contact(closed: &Closed) -> Self {
        Self {
            kind: EntryKind::Contact,
            at: closed.at,
            contact: closed.returned.unwrap_or(closed.contact),
            acuity: closed.acuity,
            reasons: closed.reasons.clone(),
            attempt_state: None,
        }
    }

    /// An attempt has ended; when it was the last one in vain, a decision is needed as well.
    ///
    /// Attempts that no counselor made come minutes apart, so only the first of a row of them is told.
    pub fn of_attempt(plan: &Plan, attempt: &Attempt, at: Timestamp) -> Vec<Self> {
        let was_told = |state| {
            state == AttemptState::NotMade
                && plan.attempts.iter().any(|before| before.number == attempt.number - 1 && before.state == state)
        };
        let mut entries = Vec::new();
        if !was_told(attempt.state) {
            entries.push(Self::of_plan(plan, EntryKind::Attempt, Some(attempt.state), at));
        }
        if plan.state == PlanState::NotReached {
            entries.push(Self::of_plan(plan, EntryKind::DecisionNeeded, None, at));
        }
        entries
    }

    /// An attempt was not made by the time at which it had to be, and a supervisor was told.
    pub fn of_overdue(plan: &Plan, attempt: &Attempt, at: Timestamp) -> Self {
        Self::of_plan(plan, EntryKind::DecisionNeeded, Some(attempt.state), at)
    }

    fn of_plan(plan: &Plan, kind: EntryKind, attempt_state: Option<AttemptState>, at: Timestamp) -> Self {
        Self { kind, at, contact: plan.contact, acuity: plan.acuity, reasons: Vec::new(), attempt_state }
    }
}
