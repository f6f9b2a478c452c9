//! A caller who was there before: hanging up and calling again lowers nothing (P5).

use chrono::TimeDelta;
use harborline_identity::Role;
use harborline_intake::ports::CounselorWanted;
use harborline_proto::common::v1::{Acuity, CallerKind};
use harborline_proto::intake::v1::{self as pb, ContactState, Outcome};
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner};
use harborline_types::wire::WireEnum;
use harborline_types::{self as types, PersonId, PlanId};

use crate::fixture::{Given, open_request};
use crate::neighbors::assessment;

impl Given {
    /// What triage answers about every contact from now on.
    pub(crate) fn triage_says(&self, contact: &str, sequence: i64, acuity: Acuity) {
        self.neighbors.assessment.lock().unwrap().replace(assessment(contact, sequence, acuity));
    }

    pub(crate) fn requested(&self, contact: &str) -> CounselorWanted {
        let requested = self.neighbors.queued.all();
        requested.into_iter().find(|requested| requested.contact.to_string() == contact).unwrap()
    }

    /// A participant's contact as triage assesses it, in the queue.
    pub(crate) async fn waits_at(&self, participant: &str, acuity: Acuity) -> String {
        let contact = self.open_for(participant).await;
        self.triage_says(&contact, 1, acuity);
        self.settle().await;
        contact
    }

    pub(crate) async fn back_dates(&self, contact: &str, column: &str, minutes: i32) {
        let earlier =
            format!("update contact set {column} = {column} - make_interval(mins => $2) where contact_id = $1::uuid");
        sqlx::query(sqlx::AssertSqlSafe(earlier))
            .bind(contact)
            .bind(minutes)
            .execute(&owner(&self.store))
            .await
            .unwrap();
    }

    pub(crate) async fn acuity(&self, contact: &str) -> Acuity {
        self.contact(contact).await.assessment.unwrap().acuity()
    }
}

/// A request of a participant, or about one.
pub(crate) fn asks(caller: CallerKind, participant: &str) -> pb::OpenContactRequest {
    let participant_id = participant.to_owned();
    let callback_number = String::new();
    pb::OpenContactRequest { caller: caller.into(), participant_id, callback_number, ..open_request() }
}

#[tokio::test]
async fn a_caller_who_leaves_the_queue_at_risk_and_is_back_goes_on_where_it_ended() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
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
    assert_eq!(intake.neighbors.to_assess.last().unwrap().carried, Some(types::Acuity::Emergency));
    let waited = intake.requested(&back.contact_id).waited_before.num_seconds();
    assert!((300..330).contains(&waited), "the time really waited: {waited} s");
    let stopped = intake.neighbors.stopped.all();
    assert_eq!(stopped, [(first.parse().unwrap(), true)]);

    intake.closed(&back.contact_id).await;
    intake.settle().await;
    let planned = intake.planned();
    let planned = planned.last().unwrap();
    let (contact, returned) = (planned.contact.to_string(), planned.returned.unwrap().to_string());
    assert_eq!((&contact, &returned), (&first, &back.contact_id), "one plan");
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
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let first = intake.waits_at(&participant, Acuity::Emergency).await;
    assert!(intake.assign(&first, "ana", 1).await);
    intake.assess(assessment(&first, 2, Acuity::Moderate)).await;
    intake.ana_closes(&first, Outcome::Disconnected).await;
    for is_after_the_conversation in [true, false] {
        let back = intake.open_for(&participant).await;
        intake.settle().await;
        assert_eq!(intake.neighbors.to_assess.last().unwrap().carried, Some(types::Acuity::Moderate));
        let requested = intake.requested(&back);
        assert_eq!(requested.preferred, PersonId::parse("ana"));
        let waited = requested.waited_before;
        assert!(!is_after_the_conversation || waited == TimeDelta::zero(), "nothing was waited in vain");
        intake.triage_says(&back, 1, Acuity::Moderate);
        intake.assess(assessment(&back, 2, Acuity::Moderate)).await;
        intake.leave(&back).await.unwrap();
    }
}

#[tokio::test]
async fn after_the_programs_time_a_caller_begins_anew() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let first = intake.waits_at(&participant, Acuity::Emergency).await;
    intake.leave(&first).await.unwrap();
    intake.back_dates(&first, "ended_at", 31).await;
    let back = intake.open_with(asks(CallerKind::Participant, &participant)).await;
    assert_eq!(back.origin_contact_id, "");
    let unknown = intake.open().await;
    intake.settle().await;
    assert!(intake.neighbors.to_assess.all()[1..].iter().all(|asked| asked.carried.is_none()), "of the number, too");
    assert_ne!(unknown, back.contact_id);
}

#[tokio::test]
async fn a_program_sets_its_time_within_limits() {
    let intake = Given::new().await;
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
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
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
        assert_eq!(intake.neighbors.to_assess.last().unwrap().carried, Some(types::Acuity::Emergency));
        let requested = intake.requested(&contact.contact_id);
        assert_eq!(requested.waited_before, TimeDelta::zero(), "the other caller's wait is not theirs");
    }
    let other = open_request();
    let other = pb::OpenContactRequest { callback_number: "+12025550199".to_owned(), ..other };
    intake.open_with(other).await;
    intake.settle().await;
    assert_eq!(intake.neighbors.to_assess.last().unwrap().carried, None);
}

#[tokio::test]
async fn a_person_who_calls_back_while_a_follow_up_rings_goes_on_with_it() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let first = intake.waits_at(&participant, Acuity::VeryHigh).await;
    intake.closed(&first).await;
    intake.back_dates(&first, "ended_at", 600).await;
    intake.settle().await;
    let call = intake.open_outbound(&first, &PlanId::new().to_string(), 1).await;
    assert!(intake.assign(&call, "ben", 1).await);
    let back = intake.open_with(asks(CallerKind::Participant, &participant)).await;
    assert_eq!((&back.origin_contact_id, back.assessment.unwrap().acuity()), (&first, Acuity::VeryHigh));
    intake.settle().await;
    assert_eq!(intake.requested(&back.contact_id).preferred, PersonId::parse("ben"));
    let ben = intake.as_("ben", Role::Counselor);
    let duties = intake.contact(&call).await.assessment.unwrap();
    intake.complete(&ben, &call, &duties.closing_duties().collect::<Vec<_>>()).await.unwrap();
    intake.close(&ben, &call, Outcome::NotReached).await.unwrap();
    assert_eq!(intake.contact(&back.contact_id).await.state(), ContactState::Waiting);
}

#[tokio::test]
async fn a_late_screening_of_the_contact_before_raises_the_one_in_which_the_caller_is() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
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
    assert_eq!(intake.neighbors.to_assess.last().unwrap().carried, Some(types::Acuity::Emergency));
    let raised = intake.neighbors.raised.all();
    let raised = raised.last().unwrap();
    assert_eq!((raised.contact.to_string(), raised.acuity.to_wire()), (back.clone(), Acuity::Emergency));
    assert_eq!(intake.planned().len(), planned, "nobody calls while the caller is there");
    intake.leave(&back).await.unwrap();
    intake.settle().await;
    assert_eq!((intake.planned().len(), intake.to_decide().await.len()), (planned + 1, 1));
}

#[tokio::test]
async fn a_call_that_waits_to_be_made_is_not_made_when_the_person_is_back() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
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
