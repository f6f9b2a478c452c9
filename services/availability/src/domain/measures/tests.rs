use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use harborline_types::{Acuity, Channel, PersonId, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::domain::shift::Zone;

fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn start() -> Timestamp {
    at("2026-03-02T20:00:00Z")
}

fn after(seconds: i64) -> Timestamp {
    start() + TimeDelta::seconds(seconds)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A contact that still waits.
fn contact(queued: i64) -> ContactFacts {
    ContactFacts {
        channel: Channel::Phone,
        acuity: Acuity::High,
        queued_at: after(queued),
        answered_at: None,
        left_at: None,
        handed_off_at: None,
        counselor_lost: false,
        handled: None,
    }
}

fn answered(queued: i64, waited: i64) -> ContactFacts {
    ContactFacts { answered_at: Some(after(queued + waited)), ..contact(queued) }
}

fn left(queued: i64, waited: i64) -> ContactFacts {
    ContactFacts { left_at: Some(after(queued + waited)), ..contact(queued) }
}

fn handed_off(queued: i64, waited: i64) -> ContactFacts {
    ContactFacts { handed_off_at: Some(after(queued + waited)), ..contact(queued) }
}

fn an_hour() -> Cuts {
    Cuts::new(start(), after(3600), Interval::Whole, Zone::UTC)
}

fn tally(facts: Vec<ContactFacts>, now: i64) -> Tally {
    contacts(facts, &an_hour(), Grouping::default(), SHORT_ABANDON, after(now)).0
}

#[test]
fn each_contact_is_what_became_of_it() {
    let lost = ContactFacts { counselor_lost: true, handed_off_at: Some(after(300)), ..answered(0, 10) };
    let tally = tally(vec![answered(0, 3), left(0, 4), left(0, 5), handed_off(0, 60), contact(0), lost], 30);
    let counts = (tally.offered, tally.answered(), tally.short_abandoned, tally.abandoned, tally.waiting);
    assert_eq!(counts, (6, 2, 1, 1, 1));
    assert_eq!((tally.handed_off, tally.counselor_lost), (2, 1), "one of them was answered before");
    assert_eq!(tally.answer_rate(), Some(2.0 / 6.0));
    assert_eq!(tally.abandon_rate(), Some(1.0 / 5.0), "short abandons are apart");
    assert_eq!(tally.hand_off_rate(), Some(2.0 / 6.0));
}

#[test]
fn rates_of_nothing_are_left_out() {
    let tally = tally(vec![], 0);
    assert_eq!((tally.answer_rate(), tally.abandon_rate(), tally.answer_speed()), (None, None, None));
    assert_eq!(tally.service_level(seconds(20)).of_offered, None);
    assert!(tally.handling().is_none());
}

#[test]
fn percentiles_are_waits_that_occurred() {
    let speed = tally((1..=100).map(|wait| answered(0, wait)).collect(), 200).answer_speed().unwrap();
    assert_eq!((speed.p50, speed.p95, speed.p99), (seconds(50), seconds(95), seconds(99)));
    assert_eq!((speed.longest, speed.average), (seconds(100), Duration::from_millis(50_500)));
    let speed = tally(vec![answered(0, 7)], 200).answer_speed().unwrap();
    assert_eq!((speed.p50, speed.p99, speed.longest), (seconds(7), seconds(7), seconds(7)));
}

#[test]
fn a_service_level_counts_whose_answer_is_known_to_be_in_time_or_not() {
    let facts = || vec![answered(0, 20), answered(0, 21), left(0, 2), left(0, 8), handed_off(0, 60), contact(0)];
    let early = tally(facts(), 19).service_level(seconds(20));
    assert_eq!(early.answered, 1, "the twentieth second is in time");
    assert_eq!(early.of_answered, Some(1.0 / 2.0));
    assert_eq!(early.of_offered, Some(1.0 / 4.0), "who waits may yet be answered in time; a short abandon is apart");
    let late = tally(facts(), 21).service_level(seconds(20));
    assert_eq!(late.of_offered, Some(1.0 / 5.0));
    let nobody_answers = tally(vec![handed_off(0, 60)], 100).service_level(seconds(20));
    assert_eq!((nobody_answers.of_answered, nobody_answers.of_offered), (None, Some(0.0)));
}

#[test]
fn contacts_are_told_apart_by_interval_channel_and_acuity() {
    let cuts = Cuts::new(start(), after(3600), Interval::HalfHour, Zone::UTC);
    let message = ContactFacts { channel: Channel::Message, acuity: Acuity::Emergency, ..answered(1800, 10) };
    let facts = vec![answered(1799, 10), message, answered(1800, 10), answered(3600, 10), answered(-1, 10)];
    let grouping = Grouping { by_channel: true, by_acuity: true };
    let (all, cells) = contacts(facts, &cuts, grouping, SHORT_ABANDON, after(4000));
    assert_eq!(all.offered, 3, "before the time and after it is neither");
    let key = |interval, channel, acuity| Cell { interval, channel: Some(channel), acuity: Some(acuity) };
    let expected = [
        key(0, Channel::Phone, Acuity::High),
        key(1, Channel::Phone, Acuity::High),
        key(1, Channel::Message, Acuity::Emergency),
    ];
    assert_eq!(cells.keys().copied().collect::<Vec<_>>(), expected);
}

#[test]
fn handling_is_the_mean_of_those_that_have_ended() {
    let handled =
        |talked, wrapped| ContactFacts { handled: Some((seconds(talked), seconds(wrapped))), ..answered(0, 1) };
    let handling = tally(vec![handled(100, 10), handled(200, 30), answered(0, 1)], 900).handling().unwrap();
    assert_eq!(handling, Handling { contacts: 2, conversation: seconds(150), wrap_up: seconds(20) });
}

fn any_contact() -> impl Strategy<Value = ContactFacts> {
    let wait = || prop::option::of(0_i64..200);
    (0_i64..3600, wait(), wait(), wait()).prop_map(|(queued, answered, left, handed)| {
        let at = |wait: Option<i64>| wait.map(|wait| after(queued + wait));
        ContactFacts { answered_at: at(answered), left_at: at(left), handed_off_at: at(handed), ..contact(queued) }
    })
}

proptest! {
    #[test]
    fn every_contact_is_counted_once_and_intervals_add_up(facts in prop::collection::vec(any_contact(), 0..80)) {
        let unanswered_handed_off =
            facts.iter().filter(|facts| facts.answered_at.is_none() && facts.handed_off_at.is_some()).count();
        let cuts = Cuts::new(start(), after(3600), Interval::QuarterHour, Zone::UTC);
        let (all, cells) = contacts(facts, &cuts, Grouping::default(), SHORT_ABANDON, after(3600));
        let outcomes = all.answered() + all.short_abandoned + all.abandoned + all.waiting + unanswered_handed_off;
        prop_assert_eq!(outcomes, all.offered);
        prop_assert_eq!(cells.values().map(|tally| tally.offered).sum::<usize>(), all.offered);
        prop_assert_eq!(cells.values().map(Tally::answered).sum::<usize>(), all.answered());
        for level in SERVICE_LEVELS {
            let level = all.service_level(level);
            prop_assert!(level.of_offered.unwrap_or(0.0) <= level.of_answered.unwrap_or(1.0), "not the lenient one");
        }
    }
}

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

#[test]
fn days_begin_on_local_midnight_and_have_23_or_25_hours_where_the_clocks_change() {
    let eastern = zone("America/New_York");
    let cuts = Cuts::new(at("2026-03-07T12:00:00Z"), at("2026-03-09T12:00:00Z"), Interval::Day, eastern);
    let begins: Vec<_> = (0..cuts.len()).map(|index| cuts.interval(index).0).collect();
    let expected = ["2026-03-07T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"].map(at);
    assert_eq!(begins, expected, "the eighth has 23 hours");
    let (begins, ends) = (at("2026-11-01T04:00:00Z"), at("2026-11-02T05:00:00Z"));
    let cuts = Cuts::new(begins, ends, Interval::HalfHour, eastern);
    assert_eq!(cuts.len(), 50, "half hours of a day of 25 hours, none twice");
    assert!((0..50).all(|index| {
        let (begins, ends) = cuts.interval(index);
        ends - begins == TimeDelta::minutes(30)
    }));
}

#[test]
fn a_day_whose_midnight_is_skipped_begins_when_the_clocks_go_on() {
    let day = NaiveDate::from_ymd_opt(2026, 4, 24).unwrap();
    assert_eq!(day_begins(day, zone("Africa/Cairo")), at("2026-04-23T22:00:00Z"), "one o'clock, which was midnight");
}

#[test]
fn half_hours_of_a_zone_with_odd_minutes_are_its_own() {
    let cuts =
        Cuts::new(at("2026-03-02T00:00:00Z"), at("2026-03-02T01:00:00Z"), Interval::HalfHour, zone("Asia/Kathmandu"));
    assert_eq!(cuts.interval(0), (at("2026-03-02T00:00:00Z"), at("2026-03-02T00:15:00Z")));
    assert_eq!(cuts.interval(1).1, at("2026-03-02T00:45:00Z"));
    assert_eq!(cuts.of(at("2026-03-02T00:15:00Z")), Some(1));
    assert_eq!(cuts.of(at("2026-03-02T01:00:00Z")), None);
}

fn person(id: &str) -> PersonId {
    PersonId::parse(id).unwrap()
}

fn presence(id: &str, from: i64, state: PresenceState) -> PresenceFact {
    PresenceFact { counselor: person(id), at: after(from), state }
}

fn engagement(id: &str, from: i64, until: Option<i64>) -> EngagementFact {
    EngagementFact { counselor: person(id), from: after(from), until: until.map(after) }
}

#[test]
fn occupancy_is_the_engaged_part_of_the_time_in_which_contacts_could_be_answered() {
    use PresenceState::{Here, OffDuty, OnBreak, Reconnecting};
    let presences = vec![
        presence("ana", -600, Here),
        presence("ana", 1000, OnBreak),
        presence("ana", 1500, Here),
        presence("ana", 1600, Reconnecting),
        presence("ana", 1650, Here),
        presence("ana", 2000, OffDuty),
    ];
    // Two at once count once, also during the break.
    let engagements = vec![engagement("ana", 100, Some(400)), engagement("ana", 300, Some(1100))];
    let (all, _) = staff(presences, engagements, &an_hour(), after(3600));
    let expected = StaffTime {
        engaged: seconds(1000),
        available: seconds(550),
        on_break: seconds(400),
        reconnecting: seconds(50),
    };
    assert_eq!(all, expected);
    assert_eq!(all.on_duty(), seconds(2000), "from the beginning of the hour until off duty");
    assert_eq!(all.occupancy(), Some(1000.0 / 1550.0));
}

#[test]
fn time_is_cut_at_the_intervals_and_ends_now() {
    let cuts = Cuts::new(start(), after(3600), Interval::HalfHour, Zone::UTC);
    let presences = vec![presence("ana", 1200, PresenceState::Here), presence("ben", 0, PresenceState::Here)];
    let engagements = vec![engagement("ana", 1500, None), engagement("ben", -50, Some(60))];
    let (all, intervals) = staff(presences, engagements, &cuts, after(2000));
    assert_eq!((intervals[0].engaged, intervals[0].available), (seconds(360), seconds(300 + 1740)));
    assert_eq!((intervals[1].engaged, intervals[1].available), (seconds(200), seconds(200)));
    assert_eq!(all.on_duty(), seconds(800 + 2000));
    assert_eq!(staff(vec![], vec![], &cuts, after(2000)).0.occupancy(), None);
}
