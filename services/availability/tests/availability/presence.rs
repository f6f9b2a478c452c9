//! Presence: a counselor is on duty by an open Attend stream.

use harborline_availability::DispatchSettings;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::common::v1::{Acuity, Reason};
use harborline_testkit::{assert_refused, counselor, request, wait_until};
use pb::TicketEventKind as Kind;
use pb::TicketState as State;

use crate::fixture::{Given, OnDuty, a_counselor, id, steps, unhurried};

async fn activity(given: &Given, name: &str) -> pb::Activity {
    let message = pb::GetCounselorRequest { counselor_id: name.to_owned() };
    let answer = given.services.get_counselor(request(&given.administrator(), message)).await.unwrap();
    answer.into_inner().counselor.unwrap().activity()
}

async fn until_is(given: &Given, name: &str, meant: pb::Activity) {
    wait_until(meant.as_str_name(), || async { (activity(given, name).await == meant).then_some(()) }).await;
}

#[tokio::test]
async fn after_the_grace_a_lost_counselors_contact_waits_again_in_its_old_place() {
    let given = Given::new(DispatchSettings { presence_grace_ms: 200, ..unhurried() }).await;
    let mut ana = given.on_duty("ana").await;
    let old = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    let young = given.enqueue(Acuity::High).await;
    drop(ana);

    given.until_ticket_is(old, State::Queued).await;
    given.intake.until_told(&format!("lost {old} 1")).await;
    until_is(&given, "ana", pb::Activity::Offline).await;
    let mut ben = given.on_duty("ben").await;
    let offer = ben.offer().await;
    assert_eq!(offer.contact_id, old.to_string(), "its place is older than the other's");
    ben.accept(&offer).await.unwrap();
    given.intake.until_told(&format!("assigned {old} 2 ben")).await;
    let expected = [Kind::Queued, Kind::Offered, Kind::Accepted, Kind::CounselorLost, Kind::Offered, Kind::Accepted];
    assert_eq!(steps(&given.ticket(old).await), expected);
    assert_eq!(given.ticket(young).await.state(), State::Queued);
}

#[tokio::test]
async fn a_stream_that_comes_back_within_the_grace_takes_up_where_the_old_one_was() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    drop(ana);
    until_is(&given, "ana", pb::Activity::Reconnecting).await;

    let call = counselor(given.program, "ana");
    let mut stream = given.services.attend(request(&call, pb::AttendRequest::default())).await.unwrap().into_inner();
    let shown = futures::StreamExt::next(&mut stream).await.unwrap().unwrap();
    assert_eq!(shown.engagements[0].contact_id, contact.to_string());
    assert_eq!(shown.activity(), pb::Activity::Engaged, "connected again");
    assert_eq!(given.ticket(contact).await.state(), State::Assigned);
}

#[tokio::test]
async fn a_counselor_who_is_reconnecting_is_offered_nothing() {
    let given = Given::new(unhurried()).await;
    let ana = given.on_duty("ana").await;
    drop(ana);
    until_is(&given, "ana", pb::Activity::Reconnecting).await;
    let contact = given.enqueue(Acuity::High).await;
    let mut ben = given.on_duty("ben").await;
    assert_eq!(ben.offer().await.contact_id, contact.to_string());
}

#[tokio::test]
async fn the_streams_of_a_replica_that_fell_silent_count_as_broken() {
    let settings = DispatchSettings { presence_grace_ms: 200, replica_silence_ms: 5_000, ..unhurried() };
    let given = Given::new(settings).await;
    given.hire(a_counselor("ana")).await;
    let silent = given.silent_replica();
    let mut ana = OnDuty::attend(&silent, counselor(given.program, "ana")).await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    given.until_ticket_is(contact, State::Queued).await;
    given.intake.until_told(&format!("lost {contact} 1")).await;
}

#[tokio::test]
async fn a_wrap_up_ends_by_itself_when_the_counselor_does_not_come_back() {
    let given = Given::new(DispatchSettings { presence_grace_ms: 200, ..unhurried() }).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    given.release(contact).await;
    drop(ana);
    wait_until("the wrap-up is over", || async {
        (steps(&given.ticket(contact).await).last() == Some(&Kind::WrappedUp)).then_some(())
    })
    .await;
    assert_eq!(given.ticket(contact).await.state(), State::Released);
}

#[tokio::test]
async fn a_counselor_who_leaves_goes_off_duty_when_nothing_is_in_hand() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    ana.leave().await;
    given.release(contact).await;
    ana.until(|state| state.activity() == pb::Activity::WrappingUp).await;
    ana.finish(contact).await;
    ana.until_closed().await;
    assert_eq!(activity(&given, "ana").await, pb::Activity::Offline);
}

#[tokio::test]
async fn a_break_is_for_new_offers() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let set = |on_break| {
        let message = pb::SetBreakRequest { request_id: id(), on_break };
        given.services.set_break(request(&ana.call, message))
    };
    set(true).await.unwrap();
    let contact = given.enqueue(Acuity::High).await;
    let mut ben = given.on_duty("ben").await;
    let offer = ben.offer().await;
    ben.decline(&offer).await.unwrap();
    set(false).await.unwrap();
    assert_eq!(ana.offer().await.contact_id, contact.to_string());
}

#[tokio::test]
async fn a_foreign_cursor_and_an_unknown_counselor_are_refused() {
    let given = Given::new(unhurried()).await;
    given.hire(a_counselor("ana")).await;
    let call = counselor(given.program, "ana");
    let foreign = pb::AttendRequest { cursor: "17".to_owned() };
    assert_refused(given.services.attend(request(&call, foreign)).await, Reason::CursorInvalid);
    let nobody = counselor(given.program, "nobody");
    let refused = given.services.attend(request(&nobody, pb::AttendRequest::default())).await;
    assert_refused(refused, Reason::CounselorNotFound);
}
