use chrono::TimeDelta;
use harborline_types::{
    Acuity, AssessmentId, CallerKind, Channel, Clock, ClosingDuty, ContactId, Need, Person, PersonId, PlanId, Timestamp,
};
use proptest::prelude::*;

use super::assessment::Assessment;
use super::contact::{Actor, Change, Contact, ContactState, FollowUp, Outcome, Refusal, Requested, Task};
use super::custody::{Interval, Owners, next};
use super::facts::Facts;
use super::provisional;
use super::transitions::Opening;

fn person(id: &str) -> Person {
    Person { id: PersonId::parse(id).unwrap(), name: id.to_owned() }
}

fn need() -> Need {
    Need { channel: Channel::Phone, at_least: None, language: "en".to_owned(), jurisdiction: None, skills: Vec::new() }
}

fn opened() -> Change {
    let now = Clock::System.now();
    let opening = Opening {
        id: ContactId::new(),
        channel: Channel::Phone,
        caller: CallerKind::Unknown,
        participant: None,
        language: "en".to_owned(),
        jurisdiction: None,
        assessment: provisional::assess(&Facts::default(), need(), now),
    };
    Contact::open(opening, now)
}

fn opened_outbound() -> Change {
    let follow_up = FollowUp { origin: ContactId::new(), plan: PlanId::new(), attempt: 1 };
    opened().contact.open_follow_up(ContactId::new(), follow_up, Channel::Phone, Clock::System.now())
}

fn assessment(sequence: i64, acuity: Acuity, now: Timestamp) -> Assessment {
    Assessment {
        id: Some(AssessmentId::new()),
        acuity,
        reasons: vec!["rule".to_owned()],
        closing_duties: vec![ClosingDuty::ReasonCoded],
        sequence,
        ..provisional::assess(&Facts::default(), need(), now)
    }
}

#[derive(Clone, Copy, Debug)]
enum Command {
    Queue,
    Raise,
    Assess(i64, usize),
    Assign(i32),
    Lose(i32),
    HandOff,
    Leave,
    Complete,
    Close(usize),
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Queue),
        Just(Command::Raise),
        (1..5i64, 0..5usize).prop_map(|(sequence, acuity)| Command::Assess(sequence, acuity)),
        (1..4i32).prop_map(Command::Assign),
        (1..4i32).prop_map(Command::Lose),
        Just(Command::HandOff),
        Just(Command::Leave),
        Just(Command::Complete),
        (0..Outcome::ALL.len()).prop_map(Command::Close),
    ]
}

fn run(contact: Contact, command: Command, now: Timestamp) -> Result<Change, Refusal> {
    let current = Requested { acuity: contact.assessment.acuity, sequence: contact.assessment.sequence };
    Ok(match command {
        Command::Queue => contact.queued(current, now),
        Command::Raise => match contact.to_request() {
            Some(requested) => contact.raised(requested, now),
            None => return Err(Refusal::Ended),
        },
        Command::Assess(sequence, acuity) => contact.assess(assessment(sequence, Acuity::ALL[acuity], now), now),
        Command::Assign(number) => contact.assign(person(&format!("counselor-{number}")), number, now).0,
        Command::Lose(number) => contact.lose_counselor(number, now),
        Command::HandOff => contact.hand_off(now),
        Command::Leave => contact.leave(now)?,
        Command::Complete => contact.complete(&[ClosingDuty::ReasonCoded], Actor::Supervisor, now)?,
        Command::Close(outcome) => contact.close(Outcome::ALL[outcome], Actor::Supervisor, now)?,
    })
}

/// Moves a chain as the store does.
fn move_custody(chain: &mut Vec<Interval>, change: &Change) {
    let owners = Owners {
        clinical_director: person("director"),
        supervisor: Some(person("supervisor")),
        backup_line: "988".to_owned(),
        responsible_clinician: None,
        clinic: None,
    };
    let Some(custodian) = &change.custodian else { return };
    let Some(following) = next(chain.last(), custodian, &owners, change.at) else { return };
    if let Some(last) = chain.last_mut() {
        last.until = Some(following.since);
    }
    chain.push(following);
}

proptest! {
    #[test]
    fn whatever_happens_there_is_one_owner_and_ended_stays_ended(
        commands in prop::collection::vec((command(), -3..10i64), 1..40),
        outbound in any::<bool>(),
    ) {
        let mut chain = Vec::new();
        let change = if outbound { opened_outbound() } else { opened() };
        move_custody(&mut chain, &change);
        let mut contact = change.contact;
        let mut now = contact.opened_at;
        let mut newest = 0;
        for (command, seconds) in commands {
            now += TimeDelta::seconds(seconds);
            let before = contact.clone();
            let Ok(change) = run(contact.clone(), command, now) else { continue };
            move_custody(&mut chain, &change);
            contact = change.contact.clone();

            prop_assert_eq!(chain.iter().filter(|interval| interval.until.is_none()).count(), 1);
            prop_assert!(chain.windows(2).all(|pair| pair[0].until == Some(pair[1].since)
                && pair[0].sequence + 1 == pair[1].sequence && pair[0].since <= pair[1].since));
            if before.state.is_ended() {
                prop_assert_eq!((contact.state, contact.ended_at), (before.state, before.ended_at));
                prop_assert!(change.custodian.is_none());
            }
            if let Command::Assess(sequence, _) = command && sequence > newest {
                newest = sequence;
            }
            prop_assert_eq!(contact.assessment.sequence, newest, "the newest assessment counts");
            prop_assert!(change.is_change || contact == before);
            prop_assert!(contact.revision >= before.revision);
            let was_waiting = matches!(before.state, ContactState::Received | ContactState::Waiting);
            if was_waiting && contact.state != before.state {
                prop_assert!(matches!(contact.state, ContactState::Waiting | ContactState::Answered
                    | ContactState::Left | ContactState::HandedOff));
            }
            if let (Some(asked), Some(was)) = (contact.requested, before.requested) {
                prop_assert!(asked.acuity <= was.acuity, "the queue is never told to lower");
            }
            if contact.to_request().is_some() && before.to_request() != contact.to_request() {
                prop_assert!(change.owed.contains(&Task::Raise));
            }
            if !before.state.is_ended() && contact.state.is_ended() {
                prop_assert!(change.owed.contains(&Task::FollowUp), "somebody hears how it ended");
            }
        }
    }
}

#[test]
fn a_loss_that_is_told_before_its_assignment_is_not_answered_by_the_lost_counselor() {
    let contact = opened().contact;
    let now = contact.opened_at;
    let contact = contact.lose_counselor(1, now).contact;
    let (change, engaged) = contact.assign(person("ana"), 1, now);
    assert!(engaged && !change.is_change);
    let (change, _) = change.contact.assign(person("ben"), 2, now);
    assert_eq!(change.contact.counselor, Some(person("ben")));
}

#[test]
fn an_assignment_after_the_end_releases_the_counselor_again() {
    let contact = opened().contact;
    let now = contact.opened_at;
    let left = contact.leave(now).unwrap().contact;
    let (change, engaged) = left.assign(person("ana"), 1, now);
    assert!(!engaged);
    assert_eq!(change.owed, [Task::Release]);
    assert_eq!(change.contact.state, ContactState::Left);
}

#[test]
fn only_the_counselor_in_the_contact_or_a_supervisor_closes_it() {
    let contact = opened().contact;
    let now = contact.opened_at;
    let ana = person("ana");
    assert_eq!(contact.clone().close(Outcome::Disconnected, Actor::Supervisor, now), Err(Refusal::NotAnswered));
    let answered = contact.assign(ana.clone(), 1, now).0.contact;
    let stranger = PersonId::parse("ben").unwrap();
    let refused = answered.clone().close(Outcome::Disconnected, Actor::Person(&stranger), now);
    assert_eq!(refused, Err(Refusal::NotInContact));
    let done = answered.complete(&[ClosingDuty::ReasonCoded], Actor::Person(&ana.id), now).unwrap().contact;
    assert!(done.clone().close(Outcome::Resolved, Actor::Supervisor, now).is_err(), "other duties are open");
    assert!(done.close(Outcome::Disconnected, Actor::Supervisor, now).is_ok());
}

#[test]
fn only_a_follow_up_ends_as_a_follow_up() {
    let now = Clock::System.now();
    let inbound = opened().contact.assign(person("ana"), 1, now).0.contact;
    assert_eq!(inbound.close(Outcome::NotReached, Actor::Supervisor, now), Err(Refusal::OutcomeOfFollowUp));
    let outbound = opened_outbound().contact.assign(person("ana"), 1, now).0.contact;
    assert!(outbound.close(Outcome::NotReached, Actor::Supervisor, now).is_ok());
}

#[test]
fn a_contact_that_became_more_urgent_while_answered_is_raised_when_it_waits_again() {
    let contact = opened().contact;
    let now = contact.opened_at;
    let requested = Requested { acuity: contact.assessment.acuity, sequence: 0 };
    let answered = contact.queued(requested, now).contact.assign(person("ana"), 1, now).0.contact;
    let change = answered.assess(assessment(1, Acuity::Emergency, now), now);
    assert_eq!(change.owed, []);
    assert_eq!(change.contact.lose_counselor(1, now).owed, [Task::Raise]);
}

#[test]
fn a_screening_that_came_before_the_callers_own_facts_raises_what_is_assumed_and_never_lowers_it() {
    let now = Clock::System.now();
    let mild = Assessment { reasons: vec!["asq_negative".to_owned()], ..assessment(1, Acuity::Routine, now) };
    let contact = opened().contact.report(mild, now).contact;
    assert_eq!(contact.assessment.acuity, Acuity::VeryHigh);
    assert!(contact.awaits_triage(), "triage must still be asked about what the caller stated");
    assert!(contact.assessment.reasons.contains(&"asq_negative".to_owned()), "the screen is on record");

    let contact = contact.report(assessment(2, Acuity::Emergency, now), now).contact;
    assert_eq!(contact.assessment.acuity, Acuity::Emergency);

    let contact = contact.assess(assessment(3, Acuity::High, now), now).contact;
    assert_eq!(contact.assessment.acuity, Acuity::High, "triage has now seen everything");
    assert!(!contact.awaits_triage());
}
