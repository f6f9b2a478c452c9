//! What is known of a contact's urgency.

use harborline_types::{Acuity, AssessmentId, ClosingDuty, Need, Timestamp};

use super::provisional::{CARRIED, PROVISIONAL};

/// How urgent a contact is, why, what it needs, and what must be done before it may close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// Given by triage; none for a provisional assessment and for that of a follow-up.
    pub id: Option<AssessmentId>,
    /// How urgent the contact is.
    pub acuity: Acuity,
    /// Names of the rules and judgments that say so.
    pub reasons: Vec<String>,
    /// What the contact needs.
    pub need: Need,
    /// What must be done before it may close.
    pub closing_duties: Vec<ClosingDuty>,
    /// The version of the protocol that decided; empty without triage.
    pub protocol: String,
    /// When it was concluded.
    pub assessed_at: Timestamp,
    /// Grows with each assessment of the contact by triage, from 1; 0 without triage.
    pub sequence: i64,
}

impl Assessment {
    /// Whether `other` takes this one's place: it is triage's, and newer than what triage said before. What intake
    /// assumed on its own yields to any word of triage; triage itself lowers only by the word of two.
    pub(crate) fn yields_to(&self, other: &Self) -> bool {
        let is_news = other.sequence > self.sequence || self.is_assumed() && other.sequence == self.sequence;
        other.id.is_some() && (self.id.is_none() || is_news)
    }

    /// Whether intake assumed a part of it, until triage has heard everything.
    pub(crate) fn is_assumed(&self) -> bool {
        self.reasons.iter().any(|reason| [PROVISIONAL, CARRIED].contains(&reason.as_str()))
    }

    /// This assumption with what triage concluded from a part of the facts: the more urgent of the two, with the reasons
    /// and closing duties of both. It stays an assumption.
    pub(crate) fn raised_by(&self, part: Self) -> Self {
        if part.sequence <= self.sequence {
            return self.clone();
        }
        let mut raised = self.clone();
        if part.acuity < self.acuity {
            (raised.acuity, raised.need) = (part.acuity, part.need);
        }
        add_missing(&mut raised.reasons, part.reasons);
        add_missing(&mut raised.closing_duties, part.closing_duties);
        raised.sequence = part.sequence;
        raised
    }
}

fn add_missing<T: PartialEq>(list: &mut Vec<T>, more: Vec<T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}
