//! A caller who was there before: hanging up and calling again lowers nothing (P5), and nobody opens two contacts.

use std::sync::atomic::Ordering;

use harborline_identity::{Call, Caller, PersonCaller, Role};
use harborline_proto::availability::v1::{RaiseTicketRequest, RequestCounselorRequest, WithdrawTicketRequest};
use harborline_proto::common::v1::{Acuity, CallerKind, Channel, Signal};
use harborline_proto::followup::v1::{PlanFollowUpsRequest, StopFollowUpsRequest};
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::{self as pb, ContactState, Outcome};
use harborline_proto::triage::v1::AssessContactRequest;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, person, request, wait_until};
use harborline_types::{PersonId, PlanId};

use crate::fixture::{Fixture, leaving, open_request};
use crate::neighbors::assessment;

impl Fixture {
    /// What triage answers about every contact from now on.
    fn triage_says(&self, contact: &str, sequence: i64, acuity: Acuity) {
        self.neighbors.assessment.lock().unwrap().replace(assessment(contact, sequence, acuity));
    }

    fn triage_was_asked(&self) -> Vec<AssessContactRequest> {
        self.neighbors.asked("AssessContact")
    }

    fn requested(&self, contact: &str) -> RequestCounselorRequest {
        let requested: Vec<RequestCounselorRequest> = self.neighbors.asked("RequestCounselor");
        requested.into_iter().find(|requested| requested.contact_id == contact).unwrap()
    }

    /// A participant's contact as triage assesses it, in the queue.
    async fn waits_at(&self, participant: &str, acuity: Acuity) -> String {
        let contact = self.open_for(participant).await;
        self.triage_says(&contact, 1, acuity);
        self.settle().await;
        contact
    }

    async fn back_dates(&self, contact: &str, column: &str, minutes: i32) {
        let earlier =
            format!("update contact set {column} = {column} - make_interval(mins => $2) where contact_id = $1::uuid");
        sqlx::query(sqlx::AssertSqlSafe(earlier))
            .bind(contact)
            .bind(minutes)
            .execute(&owner(&self.store))
            .await
            .unwrap();
    }

    async fn acuity(&self, contact: &str) -> Acuity {
        self.contact(contact).await.assessment.unwrap().acuity()
    }
}

/// A request of a participant, or about one.
fn asks(caller: CallerKind, participant: &str) -> pb::OpenContactRequest {
    let participant_id = participant.to_owned();
    let callback_number = String::new();
    pb::OpenContactRequest { caller: caller.into(), participant_id, callback_number, ..open_request() }
}

#[tokio::test]
async fn a_caller_who_leaves_the_queue_at_risk_and_is_back_goes_on_where_it_ended() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let first = intake.waits_at(&participant, Acuity::Emergency).await;
    intake.back_dates(&first, "opened_at", 5).await;
    intake.leave(&first).await.unwrap();
    intake.settle().await;
    assert_eq!((intake.to_decide().await.len(), intake.planned().len()), (1, 1));

    let back = intake.open_with(asks(CallerKind::Participant, &participant)).await;
    assert_ne!(back.contact_id, first);
    assert_eq!(back.origin_contact_id, first);
    assert_eq!(back.assessment.unwrap().acuity(), Acuity::Emergency, "before triage is asked");
    assert!(intake.to_decide().await.is_empty(), "nobody needs to decide whether to call");
    intake.settle().await;
    assert_eq!(intake.triage_was_asked().last().unwrap().carried_acuity(), Acuity::Emergency);
    let waited = intake.requested(&back.contact_id).waited_before.unwrap().seconds;
    assert!((300..330).contains(&waited), "the time really waited: {waited} s");
    let stopped: Vec<StopFollowUpsRequest> = intake.neighbors.asked("StopFollowUps");
    let stopped: Vec<_> = stopped.iter().map(|stop| (stop.contact_id.as_str(), stop.caller_is_back)).collect();
    assert_eq!(stopped, [(first.as_str(), true)]);

    intake.closed(&back.contact_id).await;
    intake.settle().await;
    let planned: Vec<PlanFollowUpsRequest> = intake.planned();
    let planned = planned.last().unwrap();
    assert_eq!((&planned.contact_id, &planned.returned_contact_id), (&first, &back.contact_id), "one plan");
    assert_eq!((planned.sequence, planned.again, planned.reachable), (2, false, true));
    let owners = ["supervisor", "clinician", "supervisor", "ana", "clinician"];
    for contact in [&first, &back.contact_id] {
        let (known, is_somebodys) = intake.owners(contact).await;
        let known: Vec<&str> = known.iter().map(String::as_str).filter(|owner| owners.contains(owner)).collect();
        assert_eq!((known[0], known[known.len() - 2..].to_vec()), ("supervisor", vec!["ana", "clinician"]));
        assert!(is_somebodys);
    }
}

#[tokio::test]
async fn the_last_level_counts_a_signed_lowering_included_and_the_same_counselor_is_asked_first() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let first = intake.waits_at(&participant, Acuity::Emergency).await;
    assert!(intake.assign(&first, "ana", 1).await);
    intake.assess(assessment(&first, 2, Acuity::Moderate)).await;
    intake.ana_closes(&first, Outcome::Disconnected).await;
    for _ in 0..2 {
        let back = intake.open_for(&participant).await;
        intake.settle().await;
        assert_eq!(intake.triage_was_asked().last().unwrap().carried_acuity(), Acuity::Moderate);
        let requested = intake.requested(&back);
        assert_eq!((requested.preferred_counselor_id.as_str(), requested.waited_before.unwrap().seconds), ("ana", 0));
        intake.triage_says(&back, 1, Acuity::Moderate);
        intake.assess(assessment(&back, 2, Acuity::Moderate)).await;
        intake.leave(&back).await.unwrap();
    }
}

#[tokio::test]
async fn after_the_programs_time_a_caller_begins_anew() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let first = intake.waits_at(&participant, Acuity::Emergency).await;
    intake.leave(&first).await.unwrap();
    intake.back_dates(&first, "ended_at", 31).await;
    let back = intake.open_with(asks(CallerKind::Participant, &participant)).await;
    assert_eq!(back.origin_contact_id, "");
    let unknown = intake.open().await;
    intake.settle().await;
    assert!(intake.triage_was_asked()[1..].iter().all(|asked| asked.carried_acuity == 0), "of the number, too");
    assert_ne!(unknown, back.contact_id);
}

#[tokio::test]
async fn a_program_sets_its_time_within_limits() {
    let intake = Fixture::new().await;
    let time = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
    assert_eq!(intake.put_program().await.same_caller_within, time(1800), "the default");
    assert_eq!(intake.put_program_within(time(3600)).await.unwrap().same_caller_within, time(3600));
    for seconds in [59, 86_401, -1] {
        let refused = intake.put_program_within(time(seconds)).await;
        assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["same_caller_within"]);
    }
}

#[tokio::test]
async fn the_same_number_raises_and_neither_links_nor_tells_anything() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let first = intake.open().await;
    intake.triage_says(&first, 1, Acuity::Emergency);
    intake.settle().await;
    intake.leave(&first).await.unwrap();
    let again = intake.open_with(open_request()).await;
    let known = intake.open_with(pb::OpenContactRequest {
        callback_number: open_request().callback_number,
        ..asks(CallerKind::Participant, &participant)
    });
    for contact in [again, known.await] {
        assert_ne!(contact.contact_id, first);
        assert_eq!((contact.origin_contact_id.as_str(), contact.openings), ("", 1));
        intake.settle().await;
        assert_eq!(intake.triage_was_asked().last().unwrap().carried_acuity(), Acuity::Emergency);
        let requested = intake.requested(&contact.contact_id);
        assert_eq!(requested.waited_before.unwrap().seconds, 0, "the other caller's wait is not theirs");
    }
    let other = open_request();
    let other = pb::OpenContactRequest { callback_number: "+15550199".to_owned(), ..other };
    intake.open_with(other).await;
    intake.settle().await;
    assert_eq!(intake.triage_was_asked().last().unwrap().carried_acuity, 0);
}

#[tokio::test]
async fn a_caller_who_has_an_open_contact_is_answered_it_and_adds_to_it() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let message =
        pb::OpenContactRequest { channel: Channel::Message.into(), ..asks(CallerKind::Participant, &participant) };
    let first = intake.open_with(message).await;
    intake.triage_says(&first.contact_id, 1, Acuity::Routine);
    intake.settle().await;
    let before = intake.contact(&first.contact_id).await;
    assert_eq!(before.last_opened_at, before.opened_at);

    intake.triage_says(&first.contact_id, 2, Acuity::VeryHigh);
    let again = intake.open_with(pb::OpenContactRequest {
        signals: vec![Signal::SuicidalThoughts.into()],
        jurisdiction: "US-MD".to_owned(),
        callback_number: "+15550111".to_owned(),
        ..asks(CallerKind::Participant, &participant)
    });
    let again = again.await;
    assert_eq!((&again.contact_id, again.openings, again.channel()), (&first.contact_id, 2, Channel::Phone));
    assert_eq!(again.channels().collect::<Vec<_>>(), [Channel::Message, Channel::Phone]);
    assert!(again.last_opened_at != before.last_opened_at && again.revision > before.revision);
    intake.settle().await;
    let asked = intake.triage_was_asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].signals().collect::<Vec<_>>(), [Signal::SuicidalThoughts]);
    assert_eq!((asked[1].channel(), asked[1].jurisdiction.as_str()), (Channel::Phone, "US-MD"));
    let raised: Vec<RaiseTicketRequest> = intake.neighbors.asked("RaiseTicket");
    assert_eq!(raised.last().unwrap().acuity(), Acuity::VeryHigh);

    let silent = intake.open_with(asks(CallerKind::Participant, &participant)).await;
    intake.settle().await;
    assert_eq!((silent.contact_id, silent.openings), (first.contact_id.clone(), 3));
    assert_eq!(intake.triage_was_asked().len(), 2, "triage has nothing to judge");
    let outbound = async {
        intake.leave(&first.contact_id).await.unwrap();
        intake.open_outbound(&first.contact_id, &PlanId::new().to_string(), 1).await
    };
    assert_eq!(intake.contact(&outbound.await).await.channel(), Channel::Phone, "at the number that was given last");
}

#[tokio::test]
async fn a_caller_who_hangs_up_and_still_writes_keeps_the_place_and_is_served_by_message() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let contact = intake.waits_at(&participant, Acuity::High).await;
    let message =
        pb::OpenContactRequest { channel: Channel::Message.into(), ..asks(CallerKind::Participant, &participant) };
    assert_eq!(intake.open_with(message).await.channel(), Channel::Phone);
    intake.settle().await;
    let left = pb::LeaveContactRequest { channel: Channel::Phone.into(), ..leaving(&contact) };
    let left =
        intake.rpc.leave_contact(request(&intake.front_end(), left)).await.unwrap().into_inner().contact.unwrap();
    assert_eq!((left.state(), left.channel()), (ContactState::Waiting, Channel::Message));
    let mut written = assessment(&contact, 2, Acuity::High);
    written.need.as_mut().unwrap().channel = Channel::Message.into();
    intake.neighbors.assessment.lock().unwrap().replace(written);
    intake.settle().await;
    assert_eq!(intake.triage_was_asked().last().unwrap().channel(), Channel::Message);
    let raised: Vec<RaiseTicketRequest> = intake.neighbors.asked("RaiseTicket");
    assert_eq!(raised.last().unwrap().need.as_ref().unwrap().channel(), Channel::Message);
    let unknown = pb::LeaveContactRequest { channel: 9, ..leaving(&contact) };
    let refused = intake.rpc.leave_contact(request(&intake.front_end(), unknown)).await;
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["channel"]);
    assert_eq!(intake.leave(&contact).await.unwrap().state(), ContactState::Left);
}

#[tokio::test]
async fn a_person_who_calls_back_while_a_follow_up_rings_goes_on_with_it() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let first = intake.waits_at(&participant, Acuity::VeryHigh).await;
    intake.closed(&first).await;
    intake.back_dates(&first, "ended_at", 600).await;
    intake.settle().await;
    let call = intake.open_outbound(&first, &PlanId::new().to_string(), 1).await;
    assert!(intake.assign(&call, "ben", 1).await);
    let back = intake.open_with(asks(CallerKind::Participant, &participant)).await;
    assert_eq!((&back.origin_contact_id, back.assessment.unwrap().acuity()), (&first, Acuity::VeryHigh));
    intake.settle().await;
    assert_eq!(intake.requested(&back.contact_id).preferred_counselor_id, "ben");
    let ben = intake.as_("ben", Role::Counselor);
    let duties = intake.contact(&call).await.assessment.unwrap();
    intake.complete(&ben, &call, &duties.closing_duties().collect::<Vec<_>>()).await.unwrap();
    intake.close(&ben, &call, Outcome::NotReached).await.unwrap();
    assert_eq!(intake.contact(&back.contact_id).await.state(), ContactState::Waiting);
}

#[tokio::test]
async fn however_many_requests_come_at_once_a_participant_has_one_contact() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let requests = (0..20).map(|_| intake.open_for(&participant));
    let contacts = futures::future::join_all(requests).await;
    assert!(contacts.iter().all(|contact| *contact == contacts[0]));
    assert_eq!(intake.contact(&contacts[0]).await.openings, 20);
    let unknown = futures::future::join_all((0..3).map(|_| intake.open())).await;
    assert!(unknown[0] != unknown[1] && unknown[1] != unknown[2], "a number is not limited");
}

#[tokio::test]
async fn what_is_said_again_raises_although_triage_is_away_and_triage_hears_it_later() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let contact = intake.waits_at(&participant, Acuity::Routine).await;
    intake.neighbors.triage_away.store(true, Ordering::SeqCst);
    let signals = vec![Signal::Overdose.into()];
    intake.open_with(pb::OpenContactRequest { signals, ..asks(CallerKind::Participant, &participant) }).await;
    let raised = wait_until("it is raised", || async {
        let raised: Vec<RaiseTicketRequest> = intake.neighbors.asked("RaiseTicket");
        (raised.last()?.acuity() == Acuity::Emergency).then_some(())
    });
    intake.working(raised).await;
    intake.assess(assessment(&contact, 2, Acuity::Routine)).await;
    assert_eq!(intake.acuity(&contact).await, Acuity::Emergency, "triage has not heard of the overdose");
    intake.triage_says(&contact, 3, Acuity::VeryHigh);
    intake.neighbors.triage_away.store(false, Ordering::SeqCst);
    intake.settle().await;
    assert_eq!(intake.acuity(&contact).await, Acuity::VeryHigh, "triage has judged it");
}

/// Notes whenever a contact becomes less urgent.
const NOTE_LOWERED: [&str; 3] = [
    "create table lowered (acuity smallint)",
    "create function note_lowered() returns trigger language plpgsql security definer as
         $$ begin insert into lowered values (new.acuity); return null; end $$",
    "create trigger note_lowered after update on contact for each row when (new.acuity > old.acuity)
         execute function note_lowered()",
];

#[tokio::test]
async fn what_was_said_again_before_triage_answered_is_not_lowered_by_an_answer_to_the_opening_alone() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let contact = intake.open_for(&participant).await;
    let signals = vec![Signal::Overdose.into()];
    intake.open_with(pb::OpenContactRequest { signals, ..asks(CallerKind::Participant, &participant) }).await;
    intake.triage_says(&contact, 1, Acuity::Routine);
    for statement in NOTE_LOWERED {
        sqlx::query(statement).execute(&owner(&intake.store)).await.unwrap();
    }
    let lowered = async || -> i64 {
        sqlx::query_scalar("select count(*) from lowered").fetch_one(&owner(&intake.store)).await.unwrap()
    };
    intake.neighbors.triage_answers_once.store(true, Ordering::SeqCst);
    let queued = wait_until("it is in the queue", || async {
        (intake.contact(&contact).await.state() == ContactState::Waiting).then_some(())
    });
    intake.working(queued).await;
    assert_eq!((intake.triage_was_asked().len(), lowered().await), (1, 0), "asked about the opening alone");
    assert_eq!(
        (intake.acuity(&contact).await, intake.requested(&contact).acuity()),
        (Acuity::Emergency, Acuity::Emergency)
    );
    intake.neighbors.triage_away.store(false, Ordering::SeqCst);
    intake.triage_says(&contact, 2, Acuity::VeryHigh);
    intake.settle().await;
    assert_eq!((intake.acuity(&contact).await, lowered().await), (Acuity::VeryHigh, 1), "triage has judged it");
}

#[tokio::test]
async fn a_caller_who_had_left_the_counselor_and_is_back_waits_again_when_that_counselor_is_lost() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let contact = intake.waits_at(&participant, Acuity::High).await;
    assert!(intake.assign(&contact, "ana", 1).await);
    for times in 1..=2 {
        assert!(intake.leave(&contact).await.unwrap().caller_left_at.is_some());
        intake.settle().await;
        let back = intake.open_with(asks(CallerKind::Participant, &participant)).await;
        assert_eq!((&back.contact_id, back.caller_left_at), (&contact, None));
        intake.settle().await;
        let raised: Vec<RaiseTicketRequest> = intake.neighbors.asked("RaiseTicket");
        assert_eq!(raised.iter().filter(|raise| raise.caller_is_back).count(), times);
        let left: Vec<WithdrawTicketRequest> = intake.neighbors.asked("WithdrawTicket");
        assert_eq!(left.len(), times, "each time it is told");
    }
    intake.lose(&contact, 1).await;
    assert_eq!(intake.contact(&contact).await.state(), ContactState::Waiting);
}

fn token(intake: &Fixture, subject: &str, role: Role, participant: Option<&str>) -> Call {
    let holder = PersonCaller::new(PersonId::parse(subject).unwrap(), &[role]);
    let participant = participant.map(|id| id.parse().unwrap());
    Call::new(Caller::Person(PersonCaller { participant, ..holder }), Some(intake.program), None)
}

#[tokio::test]
async fn a_token_vouches_for_its_holder_and_for_nobody_else() {
    let intake = Fixture::new().await;
    let (one, two) = (intake.enroll("+15550101").await, intake.enroll("+15550102").await);
    let open = async |call: &Call, message: pb::OpenContactRequest| {
        intake.rpc.open_contact(request(call, message)).await.unwrap().into_inner().contact.unwrap().contact_id
    };
    let known = intake.open_for(&one).await;
    let own = token(&intake, "subject-1", Role::Participant, Some(&one));
    assert_eq!(open(&own, asks(CallerKind::Participant, &one)).await, known);
    let other = token(&intake, "subject-2", Role::Participant, Some(&two));
    assert_ne!(open(&other, asks(CallerKind::Participant, &one)).await, known);
    let family = person(intake.program, "family-1", &[Role::FamilyMember]);
    let about = open(&family, asks(CallerKind::FamilyMember, &one)).await;
    assert_ne!(about, known, "what a participant has is nobody else's");
    assert_eq!(open(&family, asks(CallerKind::FamilyMember, &one)).await, about);
    assert_ne!(open(&family, asks(CallerKind::FamilyMember, &two)).await, about);
    let told = asks(CallerKind::FamilyMember, &one);
    assert_ne!(intake.open_with(told).await.contact_id, about, "the front end's word for family names no one");
}

#[tokio::test]
async fn a_late_screening_of_the_contact_before_raises_the_one_in_which_the_caller_is() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let first = intake.waits_at(&participant, Acuity::Routine).await;
    intake.closed(&first).await;
    intake.settle().await;
    let back = intake.open_for(&participant).await;
    intake.settle().await;
    let planned = intake.planned().len();
    intake.assess(assessment(&first, 2, Acuity::Emergency)).await;
    assert_eq!(intake.acuity(&back).await, Acuity::Emergency);
    intake.triage_says(&back, 2, Acuity::Emergency);
    intake.settle().await;
    assert_eq!(intake.triage_was_asked().last().unwrap().carried_acuity(), Acuity::Emergency);
    let raised: Vec<RaiseTicketRequest> = intake.neighbors.asked("RaiseTicket");
    let raised = raised.last().unwrap();
    assert_eq!((&raised.contact_id, raised.acuity()), (&back, Acuity::Emergency));
    assert_eq!(intake.planned().len(), planned, "nobody calls while the caller is there");
    intake.leave(&back).await.unwrap();
    intake.settle().await;
    assert_eq!((intake.planned().len(), intake.to_decide().await.len()), (planned + 1, 1));
}

#[tokio::test]
async fn a_call_that_waits_to_be_made_is_not_made_when_the_person_is_back() {
    let intake = Fixture::new().await;
    let participant = intake.enroll("+15550101").await;
    let first = intake.waits_at(&participant, Acuity::VeryHigh).await;
    intake.leave(&first).await.unwrap();
    intake.settle().await;
    let plan = PlanId::new().to_string();
    let call = intake.open_outbound(&first, &plan, 1).await;
    let back = intake.open_for(&participant).await;
    assert_eq!(intake.contact(&call).await.state(), ContactState::Left);
    let on_its_way = intake.open_outbound(&first, &plan, 2).await;
    assert_eq!(intake.contact(&on_its_way).await.state(), ContactState::Left);
    assert_eq!(intake.contact(&back).await.state(), ContactState::Received);
    assert!(intake.to_decide().await.is_empty());
}
