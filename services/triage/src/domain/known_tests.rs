//! The specification of assessing: the built-in protocol's table, and that software never lowers risk (P5).

use harborline_types::{CallerKind, Channel, CounselorKind, PersonId, Phi, Signal};
use proptest::prelude::*;

use super::*;
use crate::domain::protocol_file::{BUILT_IN, read};

fn protocol() -> Protocol {
    read(BUILT_IN).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn nothing_known() -> Known {
    Known { facts: Facts::bare(), signed_over: Vec::new(), level: None }
}

fn stated(caller: CallerKind, signals: &[Signal]) -> Stated {
    Stated {
        channel: Channel::Phone,
        caller,
        language: None,
        jurisdiction: None,
        signals: signals.to_vec(),
        self_screening: None,
        carried: None,
    }
}

fn assessed(signals: &[Signal], asq: Option<AsqResult>) -> Conclusion {
    let (protocol, mut known) = (protocol(), nothing_known());
    let conclusion = known.learn(&protocol, stated(CallerKind::Participant, signals));
    asq.map(|result| known.screened(&protocol, result)).unwrap_or(conclusion)
}

fn judgment(acuity: Acuity, signed: bool) -> Judgment {
    Judgment {
        acuity,
        reason: signed.then(|| Phi::new("spoke with both parents".to_owned())),
        by: PersonId::parse("ana").unwrap(),
        second: PersonId::parse("ben").filter(|_| signed),
    }
}

#[test]
fn each_fact_enters_the_level_of_the_acuity_table() {
    use AsqResult::*;
    use Signal::*;
    let table: &[(&[Signal], Option<AsqResult>, u8, &str)] = &[
        (&[AttemptInProgress], None, 1, "attempt_in_progress"),
        (&[Overdose], None, 1, "overdose"),
        (&[MeansAtHand], Some(AcutePositive), 1, "asq_acute_with_means"),
        (&[Weapon], None, 1, "weapon"),
        (&[UnableToStaySafe], None, 1, "unable_to_stay_safe"),
        (&[], Some(AcutePositive), 2, "asq_acute_positive"),
        (&[CommandHallucinations], None, 2, "command_hallucinations"),
        (&[WithdrawalRedFlags], None, 2, "withdrawal_red_flags"),
        (&[SuicidalThoughts, MeansAtHand], None, 2, "thoughts_with_means"),
        (&[], Some(NonAcutePositive), 3, "asq_non_acute_positive"),
        (&[SuicidalThoughts], None, 3, "suicidal_thoughts_unscreened"),
        (&[RelapseToday], None, 3, "relapse_today"),
        (&[Craving], None, 4, "craving"),
        (&[FamilyWorried], None, 4, "family_worried"),
        (&[Panic], None, 4, "panic"),
        (&[], Some(Negative), 5, "asq_negative"),
        (&[Stress], None, 5, "support"),
        (&[ProgramQuestion], None, 5, "support"),
        (&[], None, 5, "nothing_urgent_known"),
    ];
    for (signals, asq, level, reason) in table {
        let conclusion = assessed(signals, *asq);
        assert_eq!(conclusion.acuity.level(), *level, "{reason}");
        assert_eq!(conclusion.reasons[0], *reason);
    }
}

#[test]
fn who_may_answer_follows_from_the_level() {
    let at_least = |signal| assessed(&[signal], None).need.at_least;
    assert_eq!(at_least(Signal::Overdose), Some(CounselorKind::LicensedClinician));
    assert_eq!(at_least(Signal::CommandHallucinations), Some(CounselorKind::LicensedClinician));
    assert_eq!(at_least(Signal::RelapseToday), Some(CounselorKind::CrisisCounselor));
    assert_eq!(at_least(Signal::Panic), None);
}

#[test]
fn a_skill_is_asked_for_only_when_its_rule_decides() {
    assert_eq!(assessed(&[Signal::RelapseToday], None).need.skills, [Skill::basic("substance_use")]);
    assert_eq!(assessed(&[Signal::Craving], None).need.skills, [Skill::basic("substance_use")]);
    assert!(assessed(&[Signal::RelapseToday, Signal::Overdose], None).need.skills.is_empty());
}

#[test]
fn every_complete_asq_is_seen_among_the_reasons_even_when_something_else_decides() {
    for result in AsqResult::ALL {
        let reasons = assessed(&[Signal::WithdrawalRedFlags], Some(*result)).reasons;
        assert!(reasons.iter().any(|reason| reason.starts_with("asq_")), "{result}: {reasons:?}");
    }
    assert!(!assessed(&[Signal::SuicidalThoughts], None).reasons.iter().any(|reason| reason.starts_with("asq_")));
}

#[test]
fn a_family_member_is_asked_the_question_but_not_screened() {
    let (protocol, signals) = (protocol(), [Signal::RelapseToday]);
    let duties = |caller| nothing_known().learn(&protocol, stated(caller, &signals)).closing_duties;
    assert!(duties(CallerKind::Participant).contains(&ClosingDuty::ScreenComplete));
    assert!(!duties(CallerKind::FamilyMember).contains(&ClosingDuty::ScreenComplete));
    assert!(duties(CallerKind::FamilyMember).contains(&ClosingDuty::ScreenAsked));
}

#[test]
fn a_negative_screen_does_not_lower_what_was_stated() {
    let conclusion = assessed(&[Signal::SuicidalThoughts], Some(AsqResult::Negative));
    assert_eq!(conclusion.acuity, Acuity::High);
    assert_eq!(conclusion.reasons, [EARLIER_ASSESSMENT, "asq_negative"]);
}

#[test]
fn a_signed_lowering_holds_until_something_new_raises_it() {
    let (protocol, mut known) = (protocol(), nothing_known());
    known.learn(&protocol, stated(CallerKind::Participant, &[Signal::WithdrawalRedFlags]));
    known.screened(&protocol, AsqResult::AcutePositive);
    let lowered = known.judge(&protocol, &judgment(Acuity::Moderate, true)).ok().unwrap();
    assert_eq!((lowered.acuity, lowered.reasons[0].as_str()), (Acuity::Moderate, JUDGMENT));

    let same = known.learn(&protocol, stated(CallerKind::Participant, &[Signal::WithdrawalRedFlags]));
    assert_eq!(same.acuity, Acuity::Moderate, "what was known when it was signed does not raise it");
    let lesser = known.learn(&protocol, stated(CallerKind::Participant, &[Signal::Craving]));
    assert_eq!(lesser.acuity, Acuity::Moderate);
    let screened_again = known.screened(&protocol, AsqResult::AcutePositive);
    assert_eq!(screened_again.acuity, Acuity::VeryHigh, "a new screen is new, whatever the old one said");
}

/// Something that happens to a contact.
#[derive(Clone, Debug)]
enum Event {
    Stated(Vec<Signal>),
    Screened(AsqResult),
    Judged(Acuity, bool),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(Signal::ALL), 0..3).prop_map(Event::Stated),
        prop::sample::select(AsqResult::ALL).prop_map(Event::Screened),
        (prop::sample::select(&Acuity::ALL[..]), any::<bool>()).prop_map(|(to, signed)| Event::Judged(to, signed)),
    ]
}

proptest! {
    #[test]
    fn only_a_signed_judgment_ever_lowers(events in prop::collection::vec(event(), 1..12)) {
        let (protocol, mut known) = (protocol(), nothing_known());
        for event in events {
            let before = known.level.map(|level| level.acuity);
            let signed = matches!(event, Event::Judged(_, true));
            let after = match event {
                Event::Stated(signals) => known.learn(&protocol, stated(CallerKind::Participant, &signals)).acuity,
                Event::Screened(result) => known.screened(&protocol, result).acuity,
                Event::Judged(to, signed) => match known.judge(&protocol, &judgment(to, signed)) {
                    Ok(conclusion) => conclusion.acuity,
                    Err(unsigned) => {
                        prop_assert!(!signed && Some(unsigned.from) <= before.or(Some(Acuity::Routine)) && to > unsigned.from);
                        continue;
                    }
                },
            };
            prop_assert!(signed || before.is_none_or(|before| after <= before), "{before:?} fell to {after:?}");
        }
    }

    #[test]
    fn news_of_an_emergency_always_raises_to_emergency(
        earlier in prop::collection::vec(prop::sample::select(Signal::ALL), 0..4),
        lowered_to in prop::sample::select(&Acuity::ALL[..]),
        emergency in prop::sample::select(&[
            Signal::AttemptInProgress, Signal::Overdose, Signal::Weapon, Signal::UnableToStaySafe,
        ][..]),
    ) {
        prop_assume!(!earlier.contains(&emergency));
        let (protocol, mut known) = (protocol(), nothing_known());
        known.learn(&protocol, stated(CallerKind::Participant, &earlier));
        prop_assert!(known.judge(&protocol, &judgment(lowered_to, true)).is_ok());
        let conclusion = known.learn(&protocol, stated(CallerKind::Participant, &[emergency]));
        prop_assert_eq!(conclusion.acuity, Acuity::Emergency);
    }
}

fn back_at(carried: Acuity, signals: &[Signal]) -> (Known, Conclusion) {
    let mut known = nothing_known();
    let stated = Stated { carried: Some(carried), ..stated(CallerKind::Participant, signals) };
    let conclusion = known.learn(&protocol(), stated);
    (known, conclusion)
}

#[test]
fn a_caller_who_is_back_is_as_urgent_as_the_last_contact_told_and_more_so_by_what_is_said_now() {
    for carried in Acuity::ALL {
        let (_, conclusion) = back_at(carried, &[Signal::SuicidalThoughts]);
        assert_eq!(conclusion.acuity, carried.min(Acuity::High));
        let holds = conclusion.reasons.first().is_some_and(|reason| reason == EARLIER_ASSESSMENT);
        assert_eq!(holds, carried < Acuity::High, "{:?}", conclusion.reasons);
    }
}

#[test]
fn the_level_of_the_last_contact_is_lowered_by_two_like_any_other_and_does_not_come_back() {
    let (mut known, _) = back_at(Acuity::Emergency, &[Signal::Stress]);
    assert!(known.judge(&protocol(), &judgment(Acuity::Moderate, false)).is_err());
    let lowered = known.judge(&protocol(), &judgment(Acuity::Moderate, true)).unwrap_or_else(|_| panic!("signed"));
    assert_eq!(lowered.acuity, Acuity::Moderate);
    let again = Stated { carried: Some(Acuity::Emergency), ..stated(CallerKind::Participant, &[]) };
    assert_eq!(known.learn(&protocol(), again).acuity, Acuity::Moderate, "told twice");
    let raised = known.learn(&protocol(), stated(CallerKind::Participant, &[Signal::Overdose]));
    assert_eq!(raised.acuity, Acuity::Emergency);
}
