//! The fatigue guard: a counselor who needs rest is asked after all counselors who do not, and still before the contact
//! waits. Only the counselor whom the caller knows is asked earlier: [`super::matcher::ASKING_ORDER`] has the whole
//! order.
//!
//! # Invariants
//! - It orders counselors and never rules one out: a contact waits only if no counselor can take it, tired or not.
//! - It counts contacts that are over, by how urgent they were when they ended.
//!
//! # Not chosen
//! Forcing a break: the counselor and the supervisor decide about that. Counting contacts in hand: a counselor in a
//! contact by phone or video is asked for nothing else anyhow, and the load comes after the guard.

use std::time::Duration;

use harborline_types::{Acuity, Timestamp};

/// When a counselor needs rest. Real time; each program has its own rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FatigueRules {
    /// After this many contacts of acuity 1 and 2 in a row, the next one is offered to other counselors first.
    pub urgent_in_a_row: i16,
    /// For this long after one of them, every contact is offered to other counselors first.
    pub recovery: Duration,
    /// After this long without a break, every contact is offered to other counselors first, until the next break.
    pub longest_stretch: Duration,
}

/// The strain of a counselor's day so far. Real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strain {
    /// When the last break ended, or the counselor came on duty.
    pub rested_at: Timestamp,
    /// Contacts of acuity 1 and 2 that ended since, with no less urgent one after them.
    pub urgent_in_a_row: i16,
    /// When the last contact of acuity 1 or 2 ended.
    pub urgent_ended_at: Option<Timestamp>,
}

/// The contacts that a counselor is spared, as long as another counselor can take them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spared {
    /// Nothing.
    Nothing,
    /// Contacts of acuity 1 and 2.
    Urgent,
    /// Every contact.
    Everything,
}

impl Strain {
    /// The strain of a counselor who has had no contact since this instant.
    pub fn rested(at: Timestamp) -> Self {
        Self { rested_at: at, urgent_in_a_row: 0, urgent_ended_at: None }
    }

    /// After a contact that ended at this instant, at this acuity.
    pub fn after_contact(self, acuity: Acuity, at: Timestamp) -> Self {
        if acuity.is_urgent() {
            let urgent_in_a_row = self.urgent_in_a_row.saturating_add(1);
            Self { urgent_in_a_row, urgent_ended_at: Some(at), ..self }
        } else {
            Self { urgent_in_a_row: 0, ..self }
        }
    }

    /// After a break that ended at this instant. The recovery after an urgent contact goes on.
    pub fn after_break(self, at: Timestamp) -> Self {
        Self { rested_at: at, urgent_in_a_row: 0, ..self }
    }
}

impl FatigueRules {
    /// The contacts that a counselor is spared at this instant.
    pub fn spares(&self, strain: &Strain, now: Timestamp) -> Spared {
        if strain.rested_at + self.longest_stretch <= now || self.recovers_until(strain).is_some_and(|end| now < end) {
            Spared::Everything
        } else if strain.urgent_in_a_row >= self.urgent_in_a_row {
            Spared::Urgent
        } else {
            Spared::Nothing
        }
    }

    /// The next instant after this one at which that changes by time alone.
    pub fn turns_at(&self, strain: &Strain, now: Timestamp) -> Option<Timestamp> {
        let turns = [Some(strain.rested_at + self.longest_stretch), self.recovers_until(strain)];
        turns.into_iter().flatten().filter(|turn| *turn > now).min()
    }

    fn recovers_until(&self, strain: &Strain) -> Option<Timestamp> {
        strain.urgent_ended_at.map(|ended_at| ended_at + self.recovery)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn rules() -> FatigueRules {
        let seconds = Duration::from_secs;
        FatigueRules { urgent_in_a_row: 2, recovery: seconds(300), longest_stretch: seconds(7200) }
    }

    #[test]
    fn after_an_urgent_contact_everything_is_for_others_until_the_recovery_is_over() {
        let strain = Strain::rested(at(0)).after_contact(Acuity::VeryHigh, at(100));
        assert_eq!(rules().spares(&strain, at(399)), Spared::Everything);
        assert_eq!(rules().spares(&strain, at(400)), Spared::Nothing);
    }

    #[test]
    fn after_so_many_in_a_row_the_next_urgent_one_is_for_others_until_a_lighter_one_or_a_break() {
        let urgent = |strain: Strain, second| strain.after_contact(Acuity::Emergency, at(second));
        let tired = urgent(urgent(Strain::rested(at(0)), 10), 20);
        assert_eq!(rules().spares(&tired, at(1000)), Spared::Urgent);
        let lighter = tired.after_contact(Acuity::High, at(900));
        assert_eq!(rules().spares(&lighter, at(1000)), Spared::Nothing);
        assert_eq!(rules().spares(&tired.after_break(at(900)), at(1000)), Spared::Nothing);
        assert_eq!(rules().spares(&urgent(lighter, 950), at(2000)), Spared::Nothing, "the row begins again");
    }

    #[test]
    fn after_the_longest_stretch_everything_is_for_others_until_a_break() {
        let strain = Strain::rested(at(0));
        assert_eq!(rules().spares(&strain, at(7199)), Spared::Nothing);
        assert_eq!(rules().spares(&strain, at(7200)), Spared::Everything);
        assert_eq!(rules().spares(&strain.after_break(at(8000)), at(8000)), Spared::Nothing);
    }

    proptest! {
        #[test]
        fn a_strain_changes_with_time_only_at_the_instant_it_names(
            rested in 0_i64..5000, ended in prop::option::of(0_i64..5000), row in 0_i16..4, now in 0_i64..9000, later in 0_i64..9000,
        ) {
            let strain = Strain { rested_at: at(rested), urgent_in_a_row: row, urgent_ended_at: ended.map(at) };
            let (now, later) = (at(now), at(now + later));
            let turns = rules().turns_at(&strain, now).is_some_and(|turn| turn <= later);
            prop_assert!(turns || rules().spares(&strain, now) == rules().spares(&strain, later));
        }
    }
}
