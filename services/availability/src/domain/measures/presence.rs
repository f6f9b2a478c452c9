//! The times of counselors on duty, from the record of their presences.

use std::collections::HashMap;

use harborline_types::PersonId;

use super::{PresenceFact, PresenceState};
use crate::domain::{Span, Spans};

/// The times on duty of each counselor within a span: present, on a break, or reconnecting. `presences` has those of
/// the span and the last one of each counselor before it, in their order; the last one goes on until the span is over.
pub fn on_duty(presences: &[PresenceFact], within: Span) -> HashMap<PersonId, Spans> {
    let mut facts: HashMap<&PersonId, Vec<&PresenceFact>> = HashMap::new();
    for fact in presences {
        facts.entry(&fact.counselor).or_default().push(fact);
    }
    let times = |facts: Vec<&PresenceFact>| {
        let ends = facts.iter().skip(1).map(|next| next.at).chain([within.until]);
        let there = facts.iter().zip(ends).filter(|(fact, _)| fact.state != PresenceState::OffDuty);
        there.filter_map(|(fact, ends)| Span::new(fact.at, ends)?.and(within)).collect::<Spans>()
    };
    facts.into_iter().map(|(counselor, facts)| (counselor.clone(), times(facts))).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta};
    use harborline_types::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::measures::{Cuts, Interval, staff};
    use crate::domain::shift::Zone;

    fn at(seconds: i64) -> Timestamp {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn span(from: i64, until: i64) -> Span {
        Span::new(at(from), at(until)).unwrap()
    }

    fn facts(of: &str, states: &[(i64, PresenceState)]) -> Vec<PresenceFact> {
        let counselor = PersonId::parse(of).unwrap();
        states
            .iter()
            .map(|(when, state)| PresenceFact { counselor: counselor.clone(), at: at(*when), state: *state })
            .collect()
    }

    #[test]
    fn a_counselor_is_on_duty_from_coming_to_going_whatever_they_do() {
        use PresenceState::{Here, OffDuty, OnBreak, Reconnecting};
        let states = [(5, Here), (20, OnBreak), (30, Reconnecting), (40, OffDuty), (60, Here)];
        let times = on_duty(&facts("ana", &states), span(10, 100));
        assert_eq!(times[&PersonId::parse("ana").unwrap()], [span(10, 40), span(60, 100)].into_iter().collect());
        let gone = on_duty(&facts("ana", &[(5, OffDuty)]), span(10, 100));
        assert_eq!(gone[&PersonId::parse("ana").unwrap()], Spans::default());
    }

    proptest! {
        #[test]
        fn presences_add_up_to_the_time_that_is_measured_of_counselors(
            days in prop::collection::vec(prop::collection::vec((0_i64..200, 0_usize..4), 0..8), 0..4),
        ) {
            let within = span(50, 150);
            let mut presences = Vec::new();
            for (number, mut day) in days.into_iter().enumerate() {
                day.sort_unstable();
                let of: Vec<_> = day.iter().map(|(when, state)| (*when, PresenceState::ALL[*state])).collect();
                presences.extend(facts(&format!("counselor-{number}"), &of));
            }
            let lengths = on_duty(&presences, within).into_values().map(|times| times.length().to_std().unwrap());
            let cuts = Cuts::new(within.from, within.until, Interval::Whole, Zone::UTC);
            let (all, _) = staff(presences.clone(), [], &cuts, within.until);
            prop_assert_eq!(lengths.sum::<Duration>(), all.on_duty());
        }
    }
}
