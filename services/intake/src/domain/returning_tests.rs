//! The specification of what an earlier contact of the same caller carries over.

use harborline_types::{Clock, Need, Person, Signal};
use proptest::prelude::*;

use super::*;
use crate::domain::facts::CallBackRules;
use crate::domain::transitions::Opening;

fn now() -> Timestamp {
    Clock::System.now()
}

fn opened(carried: Carried, at: Timestamp) -> Contact {
    let need = Need {
        channel: Channel::Message,
        at_least: None,
        language: "en".to_owned(),
        jurisdiction: None,
        skills: Vec::new(),
    };
    let opening = Opening {
        id: ContactId::new(),
        channel: Channel::Message,
        caller: CallerKind::Participant,
        participant: None,
        language: "en".to_owned(),
        jurisdiction: None,
        assessment: provisional::assess(&Facts::default(), need, at),
        call_back_rules: CallBackRules::default(),
        verified_caller: None,
        carried,
    };
    Contact::open(opening, at).contact
}

fn statement(facts: &Facts, channel: Channel) -> Statement<'_> {
    Statement { channel, language: None, jurisdiction: None, facts, same_number: None, at: now() }
}

#[test]
fn only_the_time_really_waited_counts_and_adds_up() {
    let at = now();
    let waits = |carried: Carried| {
        let waiting = opened(carried, at);
        waiting.leave(at + TimeDelta::minutes(5)).unwrap().contact
    };
    let first = Carried::of(Some(&waits(Carried::NOTHING)), None);
    assert_eq!(first.waited, TimeDelta::minutes(5), "not the time until the caller was back");
    assert_eq!(Carried::of(Some(&waits(first.clone())), None).waited, TimeDelta::minutes(10));
    let ana = Person { id: PersonId::parse("ana").unwrap(), name: "ana".to_owned() };
    let answered = opened(first, at).assign(ana.clone(), 1, at + TimeDelta::minutes(2)).0.contact;
    let closed = Contact { state: ContactState::Closed, ended_at: Some(at), ..answered.clone() };
    let after = Carried::of(Some(&closed), None);
    assert_eq!((after.waited, after.counselor), (TimeDelta::zero(), Some(ana.id)), "the wait was over");
    let left = Contact { state: ContactState::Left, ended_at: Some(at + TimeDelta::hours(1)), ..answered };
    assert_eq!(Carried::of(Some(&left), None).waited, TimeDelta::minutes(7), "the conversation is no wait");
}

#[test]
fn the_same_number_raises_and_links_nothing() {
    let same = Carried::of(None, Some(Acuity::Emergency));
    assert_eq!(same, Carried { acuity: Some(Acuity::Emergency), ..Carried::NOTHING });
    let last = opened(Carried::NOTHING, now());
    let both = Carried::of(Some(&last), Some(Acuity::Emergency));
    assert_eq!((both.origin, both.acuity), (Some(last.id), Some(Acuity::Emergency)));
}

#[test]
fn a_contact_that_goes_on_belongs_to_the_first_of_the_row() {
    let first = opened(Carried::NOTHING, now());
    let second = opened(Carried::of(Some(&first), None), now());
    let third = opened(Carried::of(Some(&second), None), now());
    assert_eq!((second.chain(), third.chain()), (first.id, first.id));
}

#[test]
fn a_call_takes_the_place_of_messages_and_not_the_other_way() {
    use Channel::{Message, Phone, Video};
    for (before, again, now) in [(Message, Phone, Phone), (Phone, Message, Phone), (Phone, Video, Video)] {
        assert_eq!(channel_now(before, again), now);
    }
    let facts = Facts::default();
    let contact = opened(Carried::NOTHING, now()).reach_out_again(&statement(&facts, Phone)).contact;
    let contact = contact.reach_out_again(&statement(&facts, Message)).contact;
    assert_eq!((contact.channel, contact.openings), (Phone, 3));
    assert_eq!(contact.channels, [Message, Phone]);
    assert_eq!(contact.assessment.need.channel, Phone);
}

#[test]
fn a_caller_who_leaves_by_one_way_and_is_there_by_another_stays() {
    use Channel::{Message, Phone};
    let facts = Facts::default();
    let both = opened(Carried::NOTHING, now()).reach_out_again(&statement(&facts, Phone)).contact;
    let hung_up = both.clone().leave_by(Some(Phone), now()).unwrap().contact;
    assert_eq!((hung_up.state, hung_up.channel), (ContactState::Received, Message));
    let again = hung_up.clone().leave_by(Some(Phone), now()).unwrap();
    assert!(!again.is_change, "told twice");
    assert_eq!(hung_up.leave_by(Some(Message), now()).unwrap().contact.state, ContactState::Left);
    assert_eq!(both.leave_by(None, now()).unwrap().contact.state, ContactState::Left);
}

#[test]
fn a_caller_who_had_left_is_back_by_the_new_way_alone() {
    use Channel::{Message, Phone};
    let facts = Facts::default();
    let ana = Person { id: PersonId::parse("ana").unwrap(), name: "ana".to_owned() };
    let called = opened(Carried::NOTHING, now()).reach_out_again(&statement(&facts, Phone)).contact;
    let left = called.assign(ana, 1, now()).0.contact.leave(now()).unwrap().contact;
    let back = left.reach_out_again(&statement(&facts, Message)).contact;
    assert_eq!((back.channel, back.channels, back.caller_left_at), (Message, vec![Message], None));
}

fn said() -> impl Strategy<Value = (Vec<Signal>, Option<Acuity>)> {
    let signals = prop::collection::vec(prop::sample::select(Signal::ALL), 0..3);
    (signals, prop::option::of(prop::sample::select(&Acuity::ALL[..])))
}

proptest! {
    #[test]
    fn nothing_that_is_said_again_lowers_anything(
        carried in prop::option::of(prop::sample::select(&Acuity::ALL[..])),
        judged in prop::option::of(prop::sample::select(&Acuity::ALL[..])),
        again in prop::collection::vec(said(), 1..6),
    ) {
        let mut contact = opened(Carried { acuity: carried, ..Carried::NOTHING }, now());
        if let Some(acuity) = judged {
            let assessment = &mut contact.assessment;
            (assessment.id, assessment.acuity) = (Some(harborline_types::AssessmentId::new()), acuity);
            (assessment.sequence, assessment.reasons) = (1, vec!["rule".to_owned()]);
        }
        for (signals, same_number) in again {
            let facts = Facts { signals, ..Facts::default() };
            let before = contact.clone();
            let statement = Statement { same_number, ..statement(&facts, Channel::Message) };
            let change = contact.reach_out_again(&statement);
            contact = change.contact;
            prop_assert!(contact.assessment.acuity <= before.assessment.acuity);
            prop_assert!(same_number.is_none_or(|level| contact.assessment.acuity <= level));
            let asks = change.owed.contains(&Task::Assess);
            prop_assert!(asks || !facts.is_to_be_judged(), "triage hears of it");
            let unjudged = contact.clone().assume_unjudged(&facts, now()).contact.assessment.acuity;
            prop_assert!(!facts.is_to_be_judged() || unjudged.is_urgent(), "unjudged is very urgent");
        }
    }

    #[test]
    fn a_level_that_triage_does_not_know_of_is_not_replaced_by_a_part_of_the_facts(
        level in prop::sample::select(&Acuity::ALL[..]),
        told in prop::sample::select(&Acuity::ALL[..]),
    ) {
        let judged = |sequence, acuity| {
            let need = opened(Carried::NOTHING, now()).assessment.need;
            super::super::assessment::Assessment {
                id: Some(harborline_types::AssessmentId::new()),
                acuity,
                reasons: vec!["rule".to_owned()],
                sequence,
                ..provisional::assess(&Facts::default(), need, now())
            }
        };
        let contact = opened(Carried::NOTHING, now()).assess(judged(1, Acuity::Routine), now()).contact;
        let contact = contact.carry(level, now()).contact;
        let reported = contact.report(judged(2, told), now()).contact;
        prop_assert_eq!(reported.assessment.acuity, level.min(told));
        let answered = reported.assess(judged(2, told), now()).contact;
        prop_assert_eq!(answered.assessment.acuity, told, "then triage knows");
    }
}
