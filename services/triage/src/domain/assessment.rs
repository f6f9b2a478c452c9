//! One conclusion about one contact, as it is kept.

use harborline_types::{AssessmentId, ContactId, Timestamp};

use super::known::Conclusion;

/// What triage concluded about one contact at one moment. Never changed afterwards.
#[derive(Clone)]
pub struct Assessment {
    /// Which.
    pub id: AssessmentId,
    /// The contact.
    pub contact: ContactId,
    /// From 1, growing by one with each assessment of the contact.
    pub sequence: i64,
    /// What it says.
    pub conclusion: Conclusion,
    /// When.
    pub at: Timestamp,
}

impl Assessment {
    /// The assessment that follows `newest`.
    pub fn following(newest: Option<&Self>, contact: ContactId, conclusion: Conclusion, at: Timestamp) -> Self {
        let sequence = newest.map_or(0, |newest| newest.sequence) + 1;
        Self { id: AssessmentId::new(), contact, sequence, conclusion, at }
    }
}
