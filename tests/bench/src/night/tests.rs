use std::time::Duration;

use harborline_types::Acuity;
use proptest::prelude::*;

use super::books::{End, Night};
use super::cast::{At, Cast, NEVER};
use super::engine::{Deed, Dispatcher, News, Told, play};
use super::naive::{Naive, Order};
use super::ours::Ours;
use super::waits::Waits;
use super::{formulas, scenario};
use crate::chance::Chance;

fn ours(cast: &Cast) -> Night {
    play(cast, &mut Ours::open(cast).unwrap(), true).unwrap()
}

fn ends(night: &Night) -> Vec<(End, Duration)> {
    night.cases.iter().filter_map(|case| case.end).collect()
}

/// The first hours of a night: those who call, with everybody on duty.
fn evening(mut cast: Cast, hours: u64) -> Cast {
    cast.callers.retain(|caller| caller.arrives < Duration::from_secs(hours * 3600));
    cast
}

fn mean(night: &Night, cast: &Cast, acuity: Acuity) -> f64 {
    let mut waits = Waits::default();
    waits.add(cast, night, &[acuity], (At::ZERO, NEVER));
    waits.mean()
}

#[test]
fn the_same_seed_is_the_same_night_and_another_is_another() {
    let cast = evening(scenario::whole_night(7), 2);
    assert_eq!(cast, evening(scenario::whole_night(7), 2));
    assert_eq!(ends(&ours(&cast)), ends(&ours(&cast)));
    assert_ne!(ends(&ours(&cast)), ends(&ours(&evening(scenario::whole_night(8), 2))));
}

#[test]
fn a_night_has_answers_hang_ups_hand_offs_refusals_and_silence_in_it() {
    let mut cast = evening(scenario::whole_night(3), 4);
    cast.counselors.truncate(24);
    let night = ours(&cast);
    let count = |end| ends(&night).iter().filter(|(ended, _)| *ended == end).count();
    assert_eq!(ends(&night).len(), cast.callers.len(), "everybody's wait has an end");
    assert!(count(End::Answered) > 0 && count(End::Left) > 0 && count(End::HandedOff) > 0);
    assert!(night.cases.iter().any(|case| !case.declined.is_empty()));
    assert!(night.cases.iter().any(|case| !case.silent.is_empty()));
    assert!(night.seats.iter().all(|seat| seat.held.is_empty() && !seat.on_duty), "everybody went home");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// `play` fails when somebody is lost, and the watch when somebody is passed over, waits in vain or is given twice.
    #[test]
    fn riskiest_first_one_to_one_and_nobody_lost_at_every_instant(seed: u64, counselors in 1_usize..40, plain: bool) {
        let mut cast = evening(if plain { scenario::seeded_night(seed) } else { scenario::whole_night(seed) }, 2);
        cast.counselors.truncate(counselors);
        if plain {
            // There is no backup line in it: whoever waits must be answered or leave.
            prop_assert!(cast.callers.iter().all(|caller| caller.patience < NEVER));
        }
        let played = play(&cast, &mut Ours::open(&cast).unwrap(), true);
        prop_assert!(played.is_ok(), "{:?}", played.err());
        let played = play(&cast, &mut Naive::open(&cast, Order::RiskiestFirst), true);
        prop_assert!(played.is_ok(), "{:?}", played.err());
        // In another order, but nobody else is asked.
        let played = play(&cast, &mut Naive::open(&cast, Order::FirstCome), false);
        prop_assert!(played.is_ok(), "{:?}", played.err());
    }
}

#[test]
fn the_watch_sees_that_first_come_first_served_passes_the_riskiest_over() {
    let cast = scenario::seeded_night(1);
    let refused = play(&cast, &mut Naive::open(&cast, Order::FirstCome), true).unwrap_err();
    assert!(refused.to_string().contains("is passed over"), "{refused}");
}

/// Hears of everything, and forgets some.
struct Forgetful<'a>(Naive<'a>, fn(News) -> bool);

impl Dispatcher for Forgetful<'_> {
    fn act(&mut self, now: At, deed: Deed) -> anyhow::Result<Told> {
        let mut told = self.0.act(now, deed)?;
        told.news.retain(|news| !self.1(*news));
        Ok(told)
    }
}

#[test]
fn a_policy_that_forgets_somebody_is_found_out() {
    let mut cast = evening(scenario::seeded_night(1), 1);
    cast.callers.iter_mut().for_each(|caller| caller.patience = NEVER);
    let forgets = |news| matches!(news, News::Asked { caller: 17, .. });
    let mut policy = Forgetful(Naive::open(&cast, Order::RiskiestFirst), forgets);
    let found = play(&cast, &mut policy, true).unwrap_err();
    assert!(found.to_string().contains("waits at"), "{found}");
}

#[test]
fn the_plain_reference_and_the_product_play_the_plain_night_alike() {
    let (mut ours_waited, mut theirs) = (0.0, 0.0);
    for seed in 0..4 {
        let cast = scenario::seeded_night(seed);
        let reference = play(&cast, &mut Naive::open(&cast, Order::RiskiestFirst), false).unwrap();
        let played = play(&cast, &mut Ours::open(&cast).unwrap(), false).unwrap();
        ours_waited += mean(&played, &cast, Acuity::Emergency);
        theirs += mean(&reference, &cast, Acuity::Emergency);
    }
    assert!(ours_waited <= theirs * 1.05, "{ours_waited} {theirs}");
}

#[test]
fn the_formulas_give_the_figures_that_were_checked_by_hand() {
    for (per_hour, servers, waits, mean) in
        [(40.0, 14, 0.174, 39.0), (200.0, 55, 0.385, 69.0), (200.0, 60, 0.117, 10.6)]
    {
        let load = per_hour / 4.0;
        assert!((formulas::share_that_waits(servers, load) - waits).abs() < 0.001);
        assert!((formulas::mean_wait(servers, load, 900.0) - mean).abs() < 0.5);
    }
    // One class is the same as none, and the classes together wait as long as without them.
    let classes = formulas::mean_waits_by_class(60, &[3.0, 12.0, 35.0], 900.0);
    let together = (classes[0] * 3.0 + classes[1] * 12.0 + classes[2] * 35.0) / 50.0;
    assert!((together - formulas::mean_wait(60, 50.0, 900.0)).abs() < 1e-9);
    assert!(classes[0] < classes[1] && classes[1] < classes[2]);
}

#[test]
fn a_line_without_skills_waits_as_erlang_says() {
    let loads = [(Acuity::Emergency, 0.5), (Acuity::Routine, 1.5)];
    let cast = scenario::textbook(1, 4, &loads, 60_000);
    let night = play(&cast, &mut Ours::open(&cast).unwrap(), false).unwrap();
    let formula = formulas::mean_waits_by_class(4, &[0.5, 1.5], 900.0);
    for (acuity, formula) in [(Acuity::Emergency, formula[0]), (Acuity::Routine, formula[1])] {
        let waited = mean(&night, &cast, acuity);
        assert!((waited / formula - 1.0).abs() < 0.1, "{waited} {formula}");
    }
}

#[test]
fn draws_have_the_means_that_they_are_given() {
    let minute = Duration::from_secs(60);
    let of = |draw: fn(&mut Chance) -> f64| {
        (0..20_000).map(|subject| draw(&mut Chance::of(1, "test", subject))).sum::<f64>() / 20_000.0
    };
    assert!((of(|chance| chance.exponential(Duration::from_secs(60)).as_secs_f64()) / 60.0 - 1.0).abs() < 0.03);
    assert!((of(|chance| chance.skewed(Duration::from_secs(60)).as_secs_f64()) / 60.0 - 1.0).abs() < 0.03);
    assert!((of(|chance| f64::from(u8::from(chance.happens(0.3)))) - 0.3).abs() < 0.01);
    assert!((of(|chance| chance.one_of(&[(1.0, 1.0), (3.0, 3.0)]).unwrap()) - 2.5).abs() < 0.03);
    let drawn = Chance::of(1, "test", 1).between(minute, minute * 2);
    assert!(minute <= drawn && drawn <= minute * 2);
}
