//! The formulas against tables, limits and a simulation.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use harborline_types::{Timestamp, Unlimited};
use proptest::prelude::*;

use super::queue::{Lengths, all_busy_without_queue};
use super::simulation::play;
use super::*;
use crate::domain::shift::clocks::new_york;

const TWENTY_SECONDS: Duration = Duration::from_secs(20);
/// So patient that no caller gives up.
const FOR_EVER: Duration = Duration::from_secs(1_000_000_000_000);

fn work(urgent: f64, other: f64, handling: u64, patience: u64) -> Work {
    let arrivals = Arrivals { urgent, other };
    Work { arrivals, handling: Duration::from_secs(handling), patience: Duration::from_secs(patience) }
}

fn at(work: &Work, counselors: u32) -> Service {
    service(work, counselors, TWENTY_SECONDS).unwrap()
}

#[track_caller]
fn assert_close(value: f64, to: f64, by: f64) {
    assert!((value - to).abs() <= by, "{value} is not within {by} of {to}");
}

/// Erlang C from its textbook form: the share of callers who wait.
fn erlang_c(counselors: u32, load: f64) -> f64 {
    let blocked = all_busy_without_queue(counselors, load);
    let n = f64::from(counselors);
    n * blocked / (n - load * (1.0 - blocked))
}

#[test]
fn all_busy_is_erlang_b_as_tables_print_it() {
    // ITU Teletraffic Engineering Handbook: 10 lines, 5 erlang; 2 lines, 1 erlang is 1/5 exactly.
    assert_close(all_busy_without_queue(10, 5.0), 0.018_384_57, 1e-7);
    assert_close(all_busy_without_queue(2, 1.0), 0.2, 1e-12);
}

#[test]
fn without_impatience_it_is_erlang_c() {
    for (per_half_hour, counselors) in [(20.0, 14), (100.0, 55), (100.0, 60), (1000.0, 530), (1890.0, 950)] {
        let line = Work { patience: FOR_EVER, ..work(0.0, per_half_hour, 900, 1) };
        let (load, service) = (line.load(), at(&line, counselors));
        let spare = (f64::from(counselors) - load) / 900.0;
        let waits = erlang_c(counselors, load);
        assert_close(service.in_time, 1.0 - waits * (-spare * 20.0).exp(), 1e-6);
        assert_close(service.mean_wait.as_secs_f64(), waits / spare, 1e-3);
        assert_close(service.abandoned, 0.0, 1e-6);
        assert_close(service.occupancy, load / f64::from(counselors), 1e-6);
    }
}

/// The rows of Erlang A with 15 minutes' handling and 3 minutes' patience that another program computed: the share of
/// callers who give up and the mean wait in seconds.
#[test]
fn it_is_erlang_a_as_other_programs_compute_it() {
    for (per_half_hour, counselors, abandoned, mean_wait) in
        [(20.0, 14, 0.036, 6.4), (100.0, 55, 0.035, 6.2), (100.0, 60, 0.012, 2.1), (1000.0, 530, 0.004, 0.7)]
    {
        let service = at(&work(0.0, per_half_hour, 900, 180), counselors);
        assert_close(service.abandoned, abandoned, 0.000_6);
        assert_close(service.mean_wait.as_secs_f64(), mean_wait, 0.05);
    }
}

#[test]
fn without_time_to_wait_a_contact_is_in_time_only_if_a_counselor_is_free() {
    let line = Work { patience: FOR_EVER, ..work(2.0, 18.0, 900, 1) };
    let service = service(&line, 14, Duration::from_nanos(1)).unwrap();
    for share in [service.in_time, service.urgent_in_time, service.other_in_time] {
        assert_close(share, 1.0 - erlang_c(14, 10.0), 1e-6);
    }
}

#[test]
fn without_counselors_all_give_up_and_with_many_nobody_waits() {
    let line = work(2.0, 18.0, 900, 180);
    let (nobody, many) = (at(&line, 0), at(&line, 100));
    assert_close(nobody.in_time, 0.0, 0.0);
    assert_close(nobody.abandoned, 1.0, 1e-9);
    assert_close(nobody.mean_wait.as_secs_f64(), 180.0, 1e-3);
    assert_close(many.in_time, 1.0, 1e-12);
    assert_eq!(service(&work(0.0, 0.0, 900, 180), 3, TWENTY_SECONDS), None);
}

#[test]
fn a_thousand_counselors_are_counted_as_exactly_as_ten() {
    for load in [500.0, 950.0, 999.0, 1000.0, 1001.0, 1100.0] {
        let line = work(load * 0.2, load * 1.8, 900, 180);
        let service = at(&line, 1000);
        for share in [service.in_time, service.urgent_in_time, service.other_in_time, service.abandoned] {
            assert!((0.0..=1.0).contains(&share), "{load}: {service:?}");
        }
        // The contacts that do not give up keep the counselors busy.
        assert_close(service.occupancy * 1000.0, load * (1.0 - service.abandoned), 1e-6);
    }
    // Far more contacts than can be served: as many stay as are served.
    assert_close(at(&work(0.0, 20_000.0, 900, 180), 1000).abandoned, 0.9, 1e-6);
}

/// M/M/n+M where nearly all give up: what leaves unserved is what arrives less what is served, and all are always busy.
#[test]
fn of_far_more_arrivals_than_can_be_served_most_give_up_and_occupancy_stays_one() {
    for (per_half_hour, handling, patience, counselors, abandoned, mean_wait) in [
        (2_500.0, 600, 86_400, 1, 0.998_8, 86_296.32),
        (30_000.0, 60, 7_200, 100, 0.9, 6_480.0),
        // A thousand counselors' work, the greatest that a forecast takes, for one of them.
        (30_000.0, 60, 86_400, 1, 0.999, 86_313.6),
    ] {
        let line = work(per_half_hour * 0.1, per_half_hour * 0.9, handling, patience);
        let service = at(&line, counselors);
        assert_close(service.abandoned, abandoned, 1e-9);
        assert_close(service.mean_wait.as_secs_f64(), mean_wait, 1e-3);
        assert_close(service.occupancy, 1.0, 1e-9);
        assert_close(service.in_time, if counselors == 1 { 0.0 } else { 0.1 * service.urgent_in_time }, 1e-12);
    }
}

#[test]
fn a_queue_of_a_million_is_known_by_some_thousand_lengths() {
    let lengths = Lengths::while_all_busy(1000.0 / 60.0, 1.0 / 60.0, 1.0 / 86_400.0);
    assert_close(lengths.mean(), 999.0 / 60.0 * 86_400.0, 1e-3);
    assert!(lengths.shares.len() < 25_000, "{}", lengths.shares.len());
}

/// Shares within 0.008, the mean wait within 4 % and a tenth of a second; 400,000 contacts, fixed seeds.
#[test]
fn a_simulated_line_does_the_same() {
    for (seed, line, counselors) in [
        (1, work(6.0, 14.0, 900, 180), 12),
        (2, work(10.0, 10.0, 900, 180), 8),
        (3, work(30.0, 70.0, 900, 180), 52),
        (4, work(20.0, 20.0, 300, 60), 7),
        (5, work(2.0, 10.0, 1800, 600), 14),
        (6, work(180.0, 420.0, 900, 180), 305),
    ] {
        let seen = play(&line, counselors as usize, 20.0, 400_000, seed);
        let told = at(&line, counselors);
        assert_close(told.urgent_in_time, seen.urgent_in_time, 0.008);
        assert_close(told.other_in_time, seen.other_in_time, 0.008);
        assert_close(told.abandoned, seen.abandoned, 0.008);
        let (wait, simulated) = (told.mean_wait.as_secs_f64(), seen.mean_wait_seconds);
        assert_close(wait, simulated, simulated * 0.04 + 0.1);
    }
}

prop_compose! {
    fn any_work()(
        load in 0.05_f64..120.0, urgent in 0.0_f64..1.0, handling in 60_u64..3600, patience in 30_u64..1800,
    ) -> Work {
        let arrivals = load * 1800.0 / handling as f64;
        work(arrivals * urgent, arrivals * (1.0 - urgent), handling, patience)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn more_counselors_never_do_worse(line in any_work(), counselors in 0_u32..160) {
        let (fewer, more) = (at(&line, counselors), at(&line, counselors + 1));
        for (fewer, more) in [
            (fewer.in_time, more.in_time),
            (fewer.urgent_in_time, more.urgent_in_time),
            (fewer.other_in_time, more.other_in_time),
            (more.abandoned, fewer.abandoned),
        ] {
            prop_assert!(more >= fewer - 1e-9, "{fewer} {more}");
        }
    }

    #[test]
    fn the_urgent_are_never_served_later(line in any_work(), counselors in 0_u32..160) {
        let service = at(&line, counselors);
        prop_assert!(service.urgent_in_time >= service.other_in_time - 1e-9, "{service:?}");
        prop_assert!((-1e-9..=1.0 + 1e-9).contains(&service.in_time), "{service:?}");
        prop_assert!((0.0..=1.0).contains(&service.occupancy), "{service:?}");
    }

    #[test]
    fn the_number_needed_meets_the_target_and_one_less_does_not(line in any_work(), share in 0.5_f64..0.999) {
        let target = Target { share, wait: TWENTY_SECONDS };
        let needed = needed(&line, target, &Unlimited).unwrap();
        prop_assert!(at(&line, needed).in_time >= share);
        prop_assert!(at(&line, needed - 1).in_time < share);
    }
}

#[test]
fn no_counselor_is_needed_where_no_contact_arrives() {
    let target = Target { share: 0.95, wait: TWENTY_SECONDS };
    assert_eq!(needed(&work(0.0, 0.0, 900, 180), target, &Unlimited), Ok(0));
}

fn instant(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

#[test]
fn history_tells_a_weekday_and_half_hour_on_the_wall_clock_also_when_clocks_change() {
    // Two weeks around the first of November 2026: 18:00 local is 22:00, then 23:00 UTC.
    let (since, until) = (instant("2026-10-26T00:00:00-04:00"), instant("2026-11-09T00:00:00-05:00"));
    let one = |urgent, other| Arrivals { urgent, other };
    let counts = [
        (instant("2026-10-30T18:00:00-04:00"), one(2.0, 4.0)),
        (instant("2026-11-06T18:00:00-05:00"), one(0.0, 6.0)),
        (until, one(100.0, 100.0)),
        // The hour that came twice, in a fortnight with three of them.
        (instant("2026-11-01T01:30:00-05:00"), one(0.0, 3.0)),
    ];
    let history = History::of(new_york(), since, until, &counts).unwrap();
    assert_eq!(history.expected(instant("2026-11-13T18:00:00-05:00")), one(1.0, 5.0));
    assert_eq!(history.expected(instant("2027-04-02T18:00:00-04:00")), one(1.0, 5.0));
    assert_eq!(history.expected(instant("2026-11-13T18:30:00-05:00")), Arrivals::default());
    assert_eq!(history.expected(instant("2026-11-15T01:30:00-05:00")), one(0.0, 1.0));
}

#[test]
fn less_than_a_week_is_no_history() {
    let since = instant("2026-10-26T00:00:00Z");
    assert!(History::of(new_york(), since, since + TimeDelta::days(7) - HALF_HOUR, &[]).is_none());
    assert!(History::of(new_york(), since, since + TimeDelta::days(7), &[]).is_some());
}
