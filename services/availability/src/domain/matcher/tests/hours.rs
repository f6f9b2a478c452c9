//! The hour makes no difference: midnight is an instant like any other, and ends only what is said to end there.

use chrono::NaiveDate;

use super::*;

/// The same pool, so much later.
fn later(pool: &PoolState, by: TimeDelta) -> PoolState {
    let mut pool = pool.clone();
    for open in &mut pool.tickets {
        open.ticket.queued_at += by;
        open.ticket.waiting_since += by;
        open.expires_at = open.expires_at.map(|at| at + by);
    }
    for on_duty in &mut pool.counselors {
        on_duty.idle_since += by;
        on_duty.disconnected_at = on_duty.disconnected_at.map(|at| at + by);
        on_duty.strain.rested_at += by;
        for credential in &mut on_duty.counselor.credentials {
            (credential.valid_from, credential.valid_until) = (credential.valid_from + by, credential.valid_until + by);
        }
        on_duty.strain.urgent_ended_at = on_duty.strain.urgent_ended_at.map(|at| at + by);
    }
    pool.replicas.values_mut().for_each(|heard| *heard += by);
    pool.today += by;
    pool
}

proptest! {
    #[test]
    fn a_round_decides_the_same_at_any_hour(
        tickets in prop::collection::vec(any_ticket(), 0..8), counselors in any_counselors(), by in -90_000_000_i64..90_000_000,
    ) {
        let (here, by) = (pool(tickets, counselors), TimeDelta::milliseconds(by));
        let there = later(&here, by);
        let (now, then) = (now(), now() + by);
        let here = Pool::load(here).round(&[], &Past::default(), now, now);
        let there = Pool::load(there).round(&[], &Past::default(), then, then);
        prop_assert_eq!(offers(&here), offers(&there));
        prop_assert_eq!(kinds(&here), kinds(&there));
        prop_assert_eq!(here.next.map(|next| next + by), there.next);
    }
}

#[test]
fn who_is_rested_is_asked_also_at_an_instant_before_1970() {
    let rested_at = DateTime::UNIX_EPOCH - TimeDelta::hours(2);
    let longest_idle = OnDuty { strain: Strain::rested(rested_at), idle_since: rested_at, ..counselor(0) };
    let ticket = waiting(Acuity::Emergency, 0, Channel::Phone);
    let state = pool(vec![ticket.clone()], vec![longest_idle, counselor(1)]);
    let at = rested_at + TimeDelta::seconds(30);
    let round = Pool::load(state).round(&[], &Past::default(), at, at);
    assert_eq!(offers(&round).get(&ticket.ticket.id), Some(&person(0)));
}

#[test]
fn at_midnight_a_credential_ends_that_is_valid_until_then_and_nothing_else_does() {
    let midnight = NaiveDate::from_ymd_opt(2027, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
    let virginia = || Some("US-VA".to_owned());
    let licensed = |number| {
        let mut on_duty = OnDuty { strain: Strain::rested(midnight - TimeDelta::seconds(60)), ..counselor(number) };
        on_duty.idle_since = midnight - TimeDelta::seconds(60);
        on_duty.counselor.credentials = vec![license(DateTime::UNIX_EPOCH, midnight)];
        on_duty
    };
    let mut talk = held(waiting(Acuity::Emergency, 0, Channel::Phone), TicketState::Assigned, 1, vec![0, 1], 0);
    talk.ticket.need.jurisdiction = virginia();
    let state = pool(vec![talk.clone()], vec![licensed(1), licensed(2)]);
    let mut pool = Pool::load(PoolState { today: midnight - TimeDelta::seconds(60), ..state });
    let mut at = |instant: Timestamp| {
        pool.heard(Uuid::nil(), instant);
        let need = Need { jurisdiction: virginia(), ..talk.ticket.need.clone() };
        let (ticket, contact, acuity) = (TicketId::new(), ContactId::new(), Acuity::Emergency);
        let wanted =
            Wanted { ticket, contact, acuity, need, preferred: None, outbound: false, waited_before: Duration::ZERO };
        let round = pool.round(&[Command::Request(wanted)], &Past::default(), instant, instant);
        let asked = offers(&round).remove(&ticket);
        assert!(round.changes.iter().all(|change| change.ticket.id != talk.ticket.id), "the conversation goes on");
        assert!(round.ended.is_empty() && round.presences.is_empty());
        pool.round(&[Command::Withdraw(contact, CallerGone::Left)], &Past::default(), instant, instant);
        asked
    };
    assert_eq!(at(midnight - TimeDelta::microseconds(1)), Some(person(2)));
    assert_eq!(at(midnight), None);
}
