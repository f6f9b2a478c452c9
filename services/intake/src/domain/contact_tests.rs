use chrono::TimeDelta;
use harborline_types::{
    Acuity, AssessmentId, CallerKind, Channel, Clock, ClosingDuty, ContactId, Need, Person, PersonId, PlanId, Timestamp,
};
use proptest::prelude::*;

use super::assessment::Assessment;
use super::closing::MayWait;
use super::contact::{Actor, Change, Contact, ContactState, FollowUp, Outcome, Refusal, Requested};
use super::decision::DecisionKind;
use super::ending::{AttemptOutcome, ContactEnding};
use super::facts::{CallBackRules, Facts};
use super::provisional;
use super::returning::Carried;
use super::task::Task;
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
        call_back_rules: CallBackRules::default(),
        verified_caller: None,
        carried: Carried::NOTHING,
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
    OfferBackup,
    ConfirmHandOff,
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
        Just(Command::OfferBackup),
        Just(Command::ConfirmHandOff),
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
        Command::OfferBackup => contact.offer_backup(now),
        Command::ConfirmHandOff => contact.confirm_hand_off(now)?,
        Command::Leave => contact.leave(now)?,
        Command::Complete => contact.complete(&[ClosingDuty::ReasonCoded], Actor::Supervisor, now)?,
        Command::Close(outcome) => contact.close(Outcome::ALL[outcome], Actor::Supervisor, MayWait::Nothing, now)?,
    })
}

proptest! {
    #[test]
    fn whatever_happens_ended_stays_ended_and_nobody_leaves_the_queue_but_to_somebody(
        commands in prop::collection::vec((command(), -3..10i64), 1..40),
        outbound in any::<bool>(),
    ) {
        let mut contact = if outbound { opened_outbound() } else { opened() }.contact;
        let mut now = contact.opened_at;
        let mut newest = 0;
        for (command, seconds) in commands {
            now += TimeDelta::seconds(seconds);
            let before = contact.clone();
            let Ok(change) = run(contact.clone(), command, now) else { continue };
            contact = change.contact.clone();

            if before.state.is_ended() {
                prop_assert_eq!((contact.state, contact.ended_at), (before.state, before.ended_at));
            }
            if let Command::Assess(sequence, _) = command && sequence > newest {
                newest = sequence;
            }
            prop_assert_eq!(contact.assessment.sequence, newest, "the newest assessment counts");
            prop_assert!(change.is_change || contact == before);
            prop_assert!(contact.revision >= before.revision);
            let was_waiting = matches!(before.state, ContactState::Received | ContactState::Waiting);
            match contact.state {
                ContactState::HandedOff if !before.state.is_ended() => {
                    prop_assert!(was_waiting && before.backup_offered_at.is_some() && !outbound);
                    prop_assert!(matches!(command, Command::ConfirmHandOff), "only a word that they have the caller");
                }
                ContactState::Closed if was_waiting => prop_assert!(false, "nobody was there to close it"),
                _ => {}
            }
            if let (Some(asked), Some(was)) = (contact.requested, before.requested) {
                prop_assert!(asked.acuity <= was.acuity, "the queue is never told to lower");
            }
            if contact.to_request().is_some() && before.to_request() != contact.to_request() {
                prop_assert!(change.owed.contains(&Task::Raise));
            }
            if !before.state.is_ended() && contact.state.is_ended() {
                prop_assert_eq!(change.owed.contains(&Task::Attempt), outbound, "followup hears how it went");
                prop_assert!(outbound || change.asks_follow_ups, "custody does not end with the conversation");
            }
            let was_at_risk_and_gone = before.state.is_ended() && before.is_at_risk_and_gone();
            if contact.state.is_ended() && contact.is_at_risk_and_gone() && !was_at_risk_and_gone {
                let kind = change.question.as_ref().map(|question| question.kind);
                prop_assert_eq!(kind, Some(DecisionKind::BrokenOff), "a supervisor decides");
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
    assert_eq!(
        contact.clone().close(Outcome::Disconnected, Actor::Supervisor, MayWait::Nothing, now),
        Err(Refusal::NotAnswered)
    );
    let answered = contact.assign(ana.clone(), 1, now).0.contact;
    let stranger = PersonId::parse("ben").unwrap();
    let refused = answered.clone().close(Outcome::Disconnected, Actor::Person(&stranger), MayWait::Nothing, now);
    assert_eq!(refused, Err(Refusal::NotInContact));
    let done = answered.complete(&[ClosingDuty::ReasonCoded], Actor::Person(&ana.id), now).unwrap().contact;
    assert!(
        done.clone().close(Outcome::Resolved, Actor::Supervisor, MayWait::Nothing, now).is_err(),
        "other duties are open"
    );
    assert!(done.close(Outcome::Disconnected, Actor::Supervisor, MayWait::Nothing, now).is_ok());
}

#[test]
fn only_a_follow_up_ends_as_a_follow_up() {
    let now = Clock::System.now();
    let inbound = opened().contact.assign(person("ana"), 1, now).0.contact;
    assert_eq!(
        inbound.close(Outcome::NotReached, Actor::Supervisor, MayWait::Nothing, now),
        Err(Refusal::OutcomeOfFollowUp)
    );
    let outbound = opened_outbound().contact.assign(person("ana"), 1, now).0.contact;
    assert!(outbound.close(Outcome::NotReached, Actor::Supervisor, MayWait::Nothing, now).is_ok());
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

fn lost_after_the_caller_left() -> Change {
    let answered = opened().contact.assign(person("ana"), 1, Clock::System.now()).0.contact;
    let now = answered.opened_at;
    let left = answered.leave(now).unwrap();
    assert_eq!((left.contact.state, left.contact.caller_left_at), (ContactState::Answered, Some(now)));
    assert_eq!(left.owed, [Task::Withdraw], "the queue hears it");
    left.contact.lose_counselor(1, now)
}

#[test]
fn a_counselor_who_is_lost_after_the_caller_left_rings_for_nobody_and_the_person_is_called_back() {
    let change = lost_after_the_caller_left();
    assert_eq!((change.contact.state, change.contact.ending()), (ContactState::Left, ContactEnding::CallBack));
    assert!(change.asks_follow_ups);
    assert_eq!(change.question.map(|question| question.kind), Some(DecisionKind::BrokenOff));
}

#[test]
fn the_backup_line_is_confirmed_for_a_caller_on_the_phone_who_was_offered_it_and_for_nobody_else() {
    let now = Clock::System.now();
    let waiting = opened().contact;
    assert_eq!(waiting.clone().confirm_hand_off(now), Err(Refusal::HandOffNotOffered));
    let offered = waiting.offer_backup(now).contact;
    assert_eq!(offered.state, ContactState::Received, "it keeps its place");
    let writing = Contact { channel: Channel::Message, ..offered.clone() };
    assert_eq!(writing.confirm_hand_off(now), Err(Refusal::HandOffNotOffered));
    let handed_off = offered.clone().confirm_hand_off(now).unwrap().contact;
    assert_eq!((handed_off.state, handed_off.ending()), (ContactState::HandedOff, ContactEnding::HandedOff));
    let taken = offered.assign(person("ana"), 1, now).0.contact.confirm_hand_off(now).unwrap().contact;
    assert_eq!((taken.state, taken.caller_left_at), (ContactState::Answered, Some(now)), "the counselor sees it");
}

#[test]
fn a_call_that_we_make_is_never_handed_off_and_counts_only_if_a_counselor_was_in_it() {
    let now = Clock::System.now();
    let waiting = opened_outbound().contact;
    assert!(!waiting.clone().offer_backup(now).is_change);
    let left = waiting.clone().leave(now).unwrap();
    assert_eq!(left.contact.attempt_outcome(), AttemptOutcome::NotMade);
    assert_eq!((left.asks_follow_ups, left.question), (false, None), "the attempt stays due");
    let answered = waiting.assign(person("ana"), 1, now).0.contact;
    let coded = answered.complete(&[ClosingDuty::ReasonCoded], Actor::Supervisor, now).unwrap().contact;
    let broken_off = coded.close(Outcome::Disconnected, Actor::Supervisor, MayWait::Nothing, now).unwrap();
    assert_eq!(broken_off.contact.attempt_outcome(), AttemptOutcome::NotReached, "it is taken up again");
}

#[test]
fn a_caller_who_left_before_triage_answered_is_taken_for_urgent_until_triage_says_otherwise() {
    let now = Clock::System.now();
    let left = opened().contact.leave(now).unwrap();
    assert_eq!(left.question.map(|question| question.kind), Some(DecisionKind::BrokenOff));
    let mild = left.contact.clone().assess(assessment(1, Acuity::Moderate, now), now);
    assert_eq!((mild.settled, mild.question), (vec![DecisionKind::BrokenOff], None));
    let urgent = mild.contact.assess(assessment(2, Acuity::Emergency, now), now);
    assert_eq!(urgent.question.map(|question| question.acuity), Some(Acuity::Emergency));
}

#[test]
fn a_record_that_cannot_be_read_holds_no_counselor_and_is_a_supervisors_to_decide_about() {
    let now = Clock::System.now();
    let answered = opened().contact.assign(person("ana"), 1, now).0.contact;
    let duties = vec![ClosingDuty::ScreenComplete];
    let screening = Assessment { closing_duties: duties.clone(), ..assessment(1, Acuity::High, now) };
    let contact = answered.assess(screening, now).contact;
    let refused = contact.clone().close(Outcome::Resolved, Actor::Supervisor, MayWait::Nothing, now);
    assert_eq!(refused, Err(Refusal::DutiesOpen(duties.clone())));
    let closed = contact.close(Outcome::Resolved, Actor::Supervisor, MayWait::Proven, now).unwrap();
    let question = closed.question.unwrap();
    assert_eq!((question.kind, question.open_duties), (DecisionKind::DutiesOpen, duties));
}
