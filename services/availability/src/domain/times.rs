//! The response times of a pool.

use std::time::Duration;

use harborline_types::Acuity;

use super::Ageing;

/// Response times of a pool. They run on real time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseTimes {
    /// How long an offer waits for an answer: acuity 1 and 2.
    pub urgent_offer_timeout: Duration,
    /// The same for acuity 3 to 5.
    pub offer_timeout: Duration,
    /// After these waits the next requirement is given up; ascending, at most three.
    pub widen_after: Vec<Duration>,
    /// The supervisor on call is paged after this wait.
    pub page_after: Duration,
    /// The caller is offered the backup line after this wait.
    pub backup_after: Duration,
    /// How long a broken Attend stream may take to come back.
    pub presence_grace: Duration,
    /// How a long wait moves a ticket ahead.
    pub ageing: Ageing,
    /// To how many counselors an emergency is offered at once; 1 to 8.
    pub emergency_offers: i16,
}

impl ResponseTimes {
    /// Whether the supervisor on call is paged no later than the caller is offered the backup line. Requirements may be
    /// given up later than that: a caller who writes does not go to the backup line.
    pub fn pages_before_backup(&self) -> bool {
        self.page_after <= self.backup_after
    }

    /// How long an offer for a contact of this acuity waits for an answer.
    pub fn offer_timeout(&self, acuity: Acuity) -> Duration {
        if acuity.is_urgent() { self.urgent_offer_timeout } else { self.offer_timeout }
    }

    /// How many parallel offers an emergency may have beside the offer of its own ticket.
    pub fn races(&self) -> usize {
        usize::try_from(self.emergency_offers - 1).unwrap_or_default()
    }

    /// How many requirements are given up after this wait.
    pub fn widened_after(&self, waited: Duration) -> i16 {
        self.widen_after.iter().filter(|step| **step <= waited).count().min(3) as i16
    }
}
