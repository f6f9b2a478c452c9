//! The next-session digest: what happened to a participant since their care team last read it.

use harborline_types::{Acuity, ContactId, Timestamp, text_enum};

use super::plan::{Attempt, AttemptState, Closed, Plan, PlanState};

text_enum! {
    /// What an entry tells.
    pub enum EntryKind {
        /// A contact has closed.
        Contact = "contact",
        /// An attempt to reach the participant has ended.
        Attempt = "attempt",
        /// All attempts were in vain: somebody must decide.
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
    /// The contact that the plan belongs to.
    pub contact: ContactId,
    /// How urgent it was.
    pub acuity: Acuity,
    /// Reasons of the assessment.
    pub reasons: Vec<String>,
    /// How an attempt ended; only of an attempt.
    pub attempt_state: Option<AttemptState>,
}

impl Entry {
    /// A contact has closed.
    pub fn of_contact(closed: &Closed) -> Self {
        Self {
            kind: EntryKind::Contact,
            at: closed.at,
            contact: closed.contact,
            acuity: closed.acuity,
            reasons: closed.reasons.clone(),
            attempt_state: None,
        }
    }

    /// An attempt has ended; when it was the last one in vain, a decision is needed as well.
    pub fn of_attempt(plan: &Plan, attempt: &Attempt, at: Timestamp) -> Vec<Self> {
        let entry = |kind, attempt_state| Self {
            kind,
            at,
            contact: plan.contact,
            acuity: plan.acuity,
            reasons: Vec::new(),
            attempt_state,
        };
        let mut entries = vec![entry(EntryKind::Attempt, Some(attempt.state))];
        if plan.state == PlanState::NotReached {
            entries.push(entry(EntryKind::DecisionNeeded, None));
        }
        entries
    }
}
