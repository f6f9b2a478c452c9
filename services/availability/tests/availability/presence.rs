//! The open stream is the presence.

use harborline_availability::DispatchSettings;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::common::v1::{Acuity, Reason};
use harborline_testkit::{assert_refused, counselor, request, wait_until};
use pb::TicketEventKind as Kind;
use pb::TicketState as State;

use crate::fixture::{Desk, Line, a_counselor, id, patient, steps};

async fn activity(line: &Line, name: &str) -> pb::Activity {
    let message = pb::GetCounselorRequest { counselor_id: name.to_owned() };
    let answer = line.services.get_counselor(request(&line.administrator(), message)).await.unwrap();
    answer.into_inner().counselor.unwrap().activity()
}

async fn until_is(line: &Line, name: &str, meant: pb::Activity) {
    wait_until(meant.as_str_name(), || async { (activity(line, name).await == meant).then_some(()) }).await;
}

#[tokio::test]
async fn after_the_grace_a_lost_counselors_contact_waits_again_in_its_old_place() {
    let line = Line::open(DispatchSettings { presence_grace_ms: 200, ..patient() }).await;
    let mut ana = line.desk("ana").await;
    let old = line.enqueue(Acuity::High).await;
    ana.take_next().await;
    let young = line.enqueue(Acuity::High).await;
    drop(ana);

    line.ticket_once(old, State::Queued).await;
    line.intake.until_told(&format!("lost {old} 1")).await;
    until_is(&line, "ana", pb::Activity::Offline).await;
    let mut ben = line.desk("ben").await;
    let offer = ben.offer().await;
    assert_eq!(offer.contact_id, old.to_string(), "its place is older than the other's");
    ben.accept(&offer).await.unwrap();
    line.intake.until_told(&format!("assigned {old} 2 ben")).await;
    let expected = [Kind::Queued, Kind::Offered, Kind::Accepted, Kind::CounselorLost, Kind::Offered, Kind::Accepted];
    assert_eq!(steps(&line.ticket(old).await), expected);
    assert_eq!(line.ticket(young).await.state(), State::Queued);
}

#[tokio::test]
async fn a_stream_that_comes_back_within_the_grace_takes_up_where_the_old_one_was() {
    let line = Line::open(patient()).await;
    let mut ana = line.desk("ana").await;
    let contact = line.enqueue(Acuity::High).await;
    ana.take_next().await;
    drop(ana);
    until_is(&line, "ana", pb::Activity::Reconnecting).await;

    let call = counselor(line.program, "ana");
    let mut stream = line.services.attend(request(&call, pb::AttendRequest::default())).await.unwrap().into_inner();
    let shown = futures::StreamExt::next(&mut stream).await.unwrap().unwrap();
    assert_eq!(shown.engagements[0].contact_id, contact.to_string());
    assert_eq!(shown.activity(), pb::Activity::Engaged, "connected again");
    assert_eq!(line.ticket(contact).await.state(), State::Assigned);
}

#[tokio::test]
async fn who_is_reconnecting_is_offered_nothing() {
    let line = Line::open(patient()).await;
    let ana = line.desk("ana").await;
    drop(ana);
    until_is(&line, "ana", pb::Activity::Reconnecting).await;
    let contact = line.enqueue(Acuity::High).await;
    let mut ben = line.desk("ben").await;
    assert_eq!(ben.offer().await.contact_id, contact.to_string());
}

#[tokio::test]
async fn the_streams_of_a_replica_that_fell_silent_count_as_broken() {
    let settings = DispatchSettings { presence_grace_ms: 200, replica_silence_ms: 5_000, ..patient() };
    let line = Line::open(settings).await;
    line.hire(a_counselor("ana")).await;
    let silent = line.silent_replica();
    let mut ana = Desk::open(&silent, counselor(line.program, "ana")).await;
    let contact = line.enqueue(Acuity::High).await;
    ana.take_next().await;
    line.ticket_once(contact, State::Queued).await;
    line.intake.until_told(&format!("lost {contact} 1")).await;
}

#[tokio::test]
async fn a_wrap_up_ends_by_itself_when_the_counselor_does_not_come_back() {
    let line = Line::open(DispatchSettings { presence_grace_ms: 200, ..patient() }).await;
    let mut ana = line.desk("ana").await;
    let contact = line.enqueue(Acuity::High).await;
    ana.take_next().await;
    line.release(contact).await;
    drop(ana);
    wait_until("the wrap-up is over", || async {
        (steps(&line.ticket(contact).await).last() == Some(&Kind::WrappedUp)).then_some(())
    })
    .await;
    assert_eq!(line.ticket(contact).await.state(), State::Released);
}

#[tokio::test]
async fn who_leaves_the_shift_goes_when_nothing_is_in_hand() {
    let line = Line::open(patient()).await;
    let mut ana = line.desk("ana").await;
    let contact = line.enqueue(Acuity::High).await;
    ana.take_next().await;
    ana.leave().await;
    line.release(contact).await;
    ana.until(|state| state.activity() == pb::Activity::WrappingUp).await;
    ana.finish(contact).await;
    ana.until_closed().await;
    assert_eq!(activity(&line, "ana").await, pb::Activity::Offline);
}

#[tokio::test]
async fn a_break_is_for_new_offers() {
    let line = Line::open(patient()).await;
    let mut ana = line.desk("ana").await;
    let set = |on_break| {
        let message = pb::SetBreakRequest { request_id: id(), on_break };
        line.services.set_break(request(&ana.call, message))
    };
    set(true).await.unwrap();
    let contact = line.enqueue(Acuity::High).await;
    let mut ben = line.desk("ben").await;
    let offer = ben.offer().await;
    ben.decline(&offer).await.unwrap();
    set(false).await.unwrap();
    assert_eq!(ana.offer().await.contact_id, contact.to_string());
}

#[tokio::test]
async fn a_foreign_cursor_and_an_unknown_counselor_are_refused() {
    let line = Line::open(patient()).await;
    line.hire(a_counselor("ana")).await;
    let call = counselor(line.program, "ana");
    let foreign = pb::AttendRequest { cursor: "17".to_owned() };
    assert_refused(line.services.attend(request(&call, foreign)).await, Reason::CursorInvalid);
    let nobody = counselor(line.program, "nobody");
    let refused = line.services.attend(request(&nobody, pb::AttendRequest::default())).await;
    assert_refused(refused, Reason::CounselorNotFound);
}
