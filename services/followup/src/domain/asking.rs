//! PlanFollowUps: the plan of a contact that has ended, and what a later request of intake changes in it.

use chrono::TimeDelta;
use harborline_types::{PlanId, Timestamp};

use super::attempt::{Attempt, AttemptState};
use super::closed::Closed;
use super::plan::{Plan, PlanState};
use super::schedule::{Schedule, Schedules, is_very_urgent};

impl Plan {
    /// The plan of a contact that has ended.
    pub fn new(closed: &Closed, schedules: &Schedules, now: Timestamp) -> Self {
        // An end that lies ahead of this clock must not put the first attempt off.
        let closed_at = closed.at.min(now);
        let mut plan = Self {
            id: PlanId::new(),
            contact: closed.contact,
            participant: closed.participant,
            acuity: closed.acuity,
            state: PlanState::NotNeeded,
            attempts: Vec::new(),
            sequence: closed.sequence,
            closed_at,
            opened_at: closed_at,
            counted_from: 1,
            overdue_told_at: None,
            created_at: now,
        };
        if closed.asks_for_attempts(plan.acuity, schedules) {
            let schedule = schedules.after(plan.acuity, closed.ending);
            plan.open(closed_at, closed_at + schedule.first_attempt_after, schedule);
        }
        if closed.again {
            plan.call_again(closed, schedules, now);
        }
        plan
    }

    /// Intake asks for more: raises the acuity, opens a plan that has ended where that is right, brings the open attempt
    /// forward. Answers false when this is not newer than what intake asked before: it then changes nothing.
    pub fn apply_request(&mut self, closed: &Closed, schedules: &Schedules, now: Timestamp) -> bool {
        if closed.sequence <= self.sequence {
            return false;
        }
        let opens = self.opens_again(closed, schedules);
        if self.state == PlanState::Returned {
            self.closed_at = closed.at.min(now);
        }
        self.sequence = closed.sequence;
        // The caller may have been identified meanwhile, or the identification corrected.
        self.participant = closed.participant.or(self.participant);
        self.acuity = self.acuity.min(closed.acuity);
        let schedule = schedules.after(self.acuity, closed.ending);
        if opens {
            self.open_late(schedule, now);
        } else if self.state == PlanState::Open {
            self.bring_forward(schedule, now);
        }
        if closed.again {
            self.call_again(closed, schedules, now);
        }
        true
    }

    /// Whether a plan that has ended opens again because of what intake says now, without a supervisor's decision.
    ///
    /// - *Not needed*: nobody was called and nobody decided anything, so the plan is made as if this were the first word:
    ///   when it asks for attempts, be it by its acuity, its ending, or a number that was not known before.
    /// - *Returned*: the contact in which the caller was back asks, as the first one did.
    /// - *Reached, not reached*: the attempts were made for what was known then. When the contact turns out to be more
    ///   urgent than it ever was (a screening is often recorded after the conversation), the counselor who called did not
    ///   ask what has to be asked, and at that acuity the person has a follow-up of their own. The same acuity told again
    ///   is none.
    /// - *Declined, stopped*: the person, or a supervisor, has said no, and that stands at any acuity but 1 and 2. There a
    ///   life may be in danger, which the person who said no did not know of; a supervisor may stop the plan again.
    fn opens_again(&self, closed: &Closed, schedules: &Schedules) -> bool {
        let is_more_urgent = closed.acuity < self.acuity && closed.acuity_asks(closed.acuity, schedules);
        match self.state {
            PlanState::Open => false,
            PlanState::NotNeeded | PlanState::Returned => {
                closed.asks_for_attempts(self.acuity.min(closed.acuity), schedules)
            }
            PlanState::Reached | PlanState::NotReached => is_more_urgent,
            PlanState::Declined | PlanState::Stopped => is_more_urgent && is_very_urgent(closed.acuity),
        }
    }

    /// An attempt that should have been made already is due at once.
    fn open_late(&mut self, schedule: Schedule, now: Timestamp) {
        let due_at = now.max(self.closed_at + schedule.first_attempt_after);
        let opened_at = latest(self.closed_at, schedule.due_by, now) - schedule.due_by;
        self.open(opened_at, due_at, schedule);
    }

    /// The person is called again: at once when a supervisor decided so (CALL_BACK), otherwise as after any contact that
    /// ended so, for a person who was found at risk while being followed up. Of an open plan that goes for the planned
    /// attempt, and where that is late already, its latest time counts from now.
    fn call_again(&mut self, closed: &Closed, schedules: &Schedules, now: Timestamp) {
        let schedule = schedules.after(self.acuity, closed.ending);
        let due_at = now.max(closed.at.min(now) + schedule.first_attempt_after);
        let Some(attempt) = self.open_attempt_mut() else { return self.open(now, due_at, schedule) };
        if attempt.is_planned() {
            attempt.due_at = attempt.due_at.min(due_at);
        }
        if attempt.due_by <= now {
            attempt.due_by = now + schedule.due_by;
            self.overdue_told_at = None;
        }
    }

    /// Opens the plan with a fresh count of attempts.
    fn open(&mut self, opened_at: Timestamp, due_at: Timestamp, schedule: Schedule) {
        self.state = PlanState::Open;
        self.opened_at = opened_at;
        self.counted_from = self.next_number();
        self.overdue_told_at = None;
        self.plan_attempt(due_at, opened_at + schedule.due_by);
    }

    fn bring_forward(&mut self, schedule: Schedule, now: Timestamp) {
        let ended_at = |attempt: &Attempt| attempt.ended_at.unwrap_or(self.closed_at);
        let before = self.counted().rev().find(|attempt| !attempt.is_open());
        let due_at = match before {
            None => self.closed_at + schedule.first_attempt_after,
            Some(attempt) if attempt.state == AttemptState::NotMade => {
                ended_at(attempt) + schedule.not_made_retry_after
            }
            Some(attempt) => ended_at(attempt) + schedule.retry_after,
        };
        let made = self.counted().rev().find(|attempt| attempt.state == AttemptState::NotReached);
        let due_by = match made {
            None => latest(self.opened_at, schedule.due_by, now),
            Some(attempt) => latest(ended_at(attempt), schedule.retry_after * 2, now),
        };
        if let Some(attempt) = self.open_attempt_mut() {
            if attempt.is_planned() {
                attempt.due_at = attempt.due_at.min(due_at);
            }
            attempt.due_by = attempt.due_by.min(due_by);
        }
    }
}

/// The latest time of an attempt by what is known only now: counted from `since`, or from now where that has passed.
/// Nobody is late before anybody could know.
fn latest(since: Timestamp, within: TimeDelta, now: Timestamp) -> Timestamp {
    let due_by = since + within;
    if due_by > now { due_by } else { now + within }
}

#[cfg(test)]
#[path = "asking_tests.rs"]
mod tests;
