//! One counselor on several devices.

use harborline_availability::DispatchSettings;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::{Acuity, Reason};
use harborline_testkit::{assert_refused, counselor, owner, request, wait_for, wait_until};
use harborline_types::ContactId;
use pb::TicketState as State;
use sqlx::postgres::PgListener;
use uuid::Uuid;

use crate::fixture::{Given, OnDuty, a_counselor, unhurried, wanted};

async fn activity(given: &Given, name: &str) -> pb::Activity {
    let message = pb::GetCounselorRequest { counselor_id: name.to_owned() };
    let answer = given.services.get_counselor(request(&given.administrator(), message)).await.unwrap();
    answer.into_inner().counselor.unwrap().activity()
}

async fn until_activity_is(given: &Given, meant: pb::Activity) {
    wait_until(meant.as_str_name(), || async { (activity(given, "ana").await == meant).then_some(()) }).await;
}

fn engaged(state: &pb::AttendResponse) -> bool {
    state.offers.is_empty() && state.activity() == pb::Activity::Engaged
}

#[tokio::test]
async fn both_devices_show_an_offer_and_what_is_taken_on_one_is_gone_from_the_other() {
    let given = Given::new(unhurried()).await;
    let mut phone = given.on_duty("ana").await;
    let elsewhere = given.another_replica().await;
    let mut laptop = OnDuty::attend(&elsewhere.services, counselor(given.program, "ana")).await;
    let contact = given.enqueue(Acuity::High).await;
    let (on_phone, on_laptop) = (phone.offer().await, laptop.offer().await);
    assert_eq!(on_phone.offer_id, on_laptop.offer_id);
    laptop.accept(&on_laptop).await.unwrap();
    for device in [&mut phone, &mut laptop] {
        let state = device.until(engaged).await;
        assert_eq!(state.engagements[0].contact_id, contact.to_string());
    }
    assert_refused(phone.accept(&on_phone).await, Reason::OfferClosed);
}

#[tokio::test]
async fn a_device_that_is_lost_ends_nothing_while_another_is_there() {
    let given = Given::new(DispatchSettings { presence_grace_ms: 200, ..unhurried() }).await;
    let phone = given.on_duty("ana").await;
    let mut laptop = given.another_device("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    laptop.take_next().await;
    drop(phone);
    // Ben is lost after the phone. When Ben's grace is over, the phone's would be over too.
    let ben = given.on_duty("ben").await;
    drop(ben);
    wait_until("the other counselor is off duty", || async {
        (activity(&given, "ben").await == pb::Activity::Offline).then_some(())
    })
    .await;
    assert_eq!(given.ticket(contact).await.state(), State::Assigned);
    assert_eq!(activity(&given, "ana").await, pb::Activity::Engaged);
    given.release(contact).await;
    laptop.finish(contact).await;
    laptop.until(|state| state.activity() == pb::Activity::Available).await;
}

#[tokio::test]
async fn when_the_last_device_is_lost_the_grace_begins_and_any_device_takes_up_within_it() {
    let given = Given::new(unhurried()).await;
    let mut phone = given.on_duty("ana").await;
    let laptop = given.another_device("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    phone.take_next().await;
    drop((phone, laptop));
    until_activity_is(&given, pb::Activity::Reconnecting).await;
    let mut tablet = given.another_device("ana").await;
    let state = tablet.until(engaged).await;
    assert_eq!(state.engagements[0].contact_id, contact.to_string());
    assert_eq!(given.ticket(contact).await.state(), State::Assigned);
}

#[tokio::test]
async fn when_every_device_is_lost_the_contact_waits_again_after_the_grace() {
    let given = Given::new(DispatchSettings { presence_grace_ms: 200, ..unhurried() }).await;
    let mut phone = given.on_duty("ana").await;
    let laptop = given.another_device("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    phone.take_next().await;
    drop((laptop, phone));
    given.until_ticket_is(contact, State::Queued).await;
    given.intake.until_told(&format!("lost {contact} 1")).await;
    until_activity_is(&given, pb::Activity::Offline).await;
}

#[tokio::test]
async fn the_death_of_a_replica_with_one_of_the_devices_ends_nothing_and_with_the_last_one_begins_the_grace() {
    let settings = DispatchSettings { presence_grace_ms: 200, replica_silence_ms: 3_000, ..unhurried() };
    let given = Given::new(settings).await;
    let mut phone = given.on_duty("ana").await;
    // A replica that wrote one heartbeat, when the stream began, and none after it, as if it were dead.
    let silent = given.silent_replica();
    let laptop = OnDuty::attend(&silent, counselor(given.program, "ana")).await;
    given.hire(a_counselor("ben")).await;
    let _ben = OnDuty::attend(&silent, counselor(given.program, "ben")).await;
    let contact = given.enqueue(Acuity::High).await;
    wait_until("the counselor with a stream at the dead replica alone is off duty", || async {
        (activity(&given, "ben").await == pb::Activity::Offline).then_some(())
    })
    .await;
    let offer = phone.offer().await;
    assert_eq!(offer.contact_id, contact.to_string());
    phone.accept(&offer).await.unwrap();
    assert_eq!(given.ticket(contact).await.state(), State::Assigned);
    drop(phone);
    given.until_ticket_is(contact, State::Queued).await;
    drop(laptop);
}

#[tokio::test]
async fn a_counselor_who_leaves_finishes_the_contact_in_hand_on_any_device_and_then_all_streams_end() {
    let given = Given::new(unhurried()).await;
    let mut phone = given.on_duty("ana").await;
    let elsewhere = given.another_replica().await;
    let mut laptop = OnDuty::attend(&elsewhere.services, counselor(given.program, "ana")).await;
    let contact = given.enqueue(Acuity::High).await;
    phone.take_next().await;
    phone.leave().await;
    let next = given.enqueue(Acuity::Emergency).await;
    given.release(contact).await;
    laptop.until(|state| state.activity() == pb::Activity::WrappingUp).await;
    assert_eq!(given.ticket(next).await.state(), State::Queued, "no new offer to a counselor who leaves");
    laptop.finish(contact).await;
    phone.until_closed().await;
    laptop.until_closed().await;
    assert_eq!(activity(&given, "ana").await, pb::Activity::Offline);
}

#[tokio::test]
async fn the_ninth_stream_of_a_person_is_refused() {
    let given = Given::new(unhurried()).await;
    let mut devices = vec![given.on_duty("ana").await];
    for _ in 1..8 {
        devices.push(given.another_device("ana").await);
    }
    let ninth = || async {
        given.services.attend(request(&counselor(given.program, "ana"), pb::AttendRequest::default())).await
    };
    assert_refused(ninth().await.map(|_| ()), Reason::StreamsTooMany);
    devices.pop();
    let opened = wait_until("there is room for one more", || async { ninth().await.ok() }).await;
    drop(opened);
}

#[tokio::test]
async fn a_device_that_came_while_an_offer_was_written_is_sent_it_by_the_next_matcher() {
    // Nothing may run out meanwhile: its round would send the counselor's state to the laptop. Nor may the lease run
    // out before the round is on record, however long the steps in between take.
    let hour = 3_600_000;
    let settings = DispatchSettings {
        replica_silence_ms: hour,
        offer_timeout_ms: hour,
        page_after_ms: hour,
        backup_after_ms: hour,
        matcher_lease_ms: hour,
        ..unhurried()
    };
    let mut given = Given::new(settings).await;
    let phone = given.on_duty("ana").await;
    let database = owner(&given.store);
    // After this contact the matcher knows the phone.
    let before = given.enqueue(Acuity::High).await;
    given.until_ticket_is(before, State::Offered).await;
    given.withdraw(before).await;
    // The lock on the lease's row makes the round wait while it is executed, and does not concern the laptop's stream.
    // A lock on the table would make it wait while it is only prepared, and a prepared round is lost with its matcher.
    let mut holding = database.begin().await.unwrap();
    sqlx::query("select from matcher_lease for update").execute(&mut *holding).await.unwrap();
    let (services, call, contact) = (given.services.clone(), given.intake_call(), ContactId::new());
    let asked = tokio::spawn(async move { services.request_counselor(request(&call, wanted(contact))).await });
    let writing = "select pid from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'";
    wait_until("the round is being written", || async {
        sqlx::query_scalar::<_, i32>(writing).fetch_optional(&database).await.unwrap()
    })
    .await;
    let mut laptop = OnDuty::attend(&given.silent_replica(), counselor(given.program, "ana")).await;
    laptop.until(|state| state.offers.is_empty()).await;
    let its_replica = "select replica_id from attend_stream where replica_id <> $1";
    let its_replica: Uuid =
        sqlx::query_scalar(its_replica).bind(given.app.replica()).fetch_one(&database).await.unwrap();
    let mut carried = PgListener::connect_with(&database).await.unwrap();
    carried.listen(&format!("harborline_{}", its_replica.simple())).await.unwrap();

    // The matcher is gone when its round commits, and never heard of the laptop.
    given.kill();
    asked.abort();
    holding.rollback().await.unwrap();
    let offered = "select true from ticket where contact_id = $1 and state = 'offered'";
    wait_until("the round is on record", || async {
        sqlx::query_scalar::<_, bool>(offered).bind(contact).fetch_optional(&database).await.unwrap()
    })
    .await;
    sqlx::query("update matcher_lease set until = '-infinity'").execute(&database).await.unwrap();
    let _next = given.another_replica().await;
    wait_for("the laptop's replica is told", carried.recv()).await.unwrap();
    assert_eq!(laptop.offer().await.contact_id, contact.to_string());
    drop(phone);
}
