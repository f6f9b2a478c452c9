//! A credential that has expired stops counting by itself.

use chrono::TimeDelta;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::{Acuity, Need};
use harborline_testkit::{request, wait_until};
use harborline_types::wire::timestamp;
use harborline_types::{Clock, Timestamp};
use pb::TicketState as State;

use crate::fixture::{Given, a_counselor, need, unhurried};

fn licensed_until(name: &str, until: Timestamp) -> pb::Counselor {
    let credential = pb::Credential {
        r#type: "LCSW".to_owned(),
        jurisdiction: "US-VA".to_owned(),
        valid_from: Some(timestamp(until - TimeDelta::days(365))),
        valid_until: Some(timestamp(until)),
        ..pb::Credential::default()
    };
    pb::Counselor { credentials: vec![credential], ..a_counselor(name) }
}

#[tokio::test]
async fn a_credential_that_expires_during_an_engagement_does_not_end_it_and_brings_no_new_one() {
    let given = Given::new(unhurried()).await;
    let in_virginia = || Need { jurisdiction: "US-VA".to_owned(), ..need() };
    given.hire(licensed_until("ana", Clock::System.now() + TimeDelta::days(1))).await;
    let mut ana = given.attend("ana").await;
    let contact = given.enqueue_needing(Acuity::Emergency, in_virginia()).await;
    ana.take_next().await;

    let until = Clock::System.now() + TimeDelta::milliseconds(200);
    given.hire(licensed_until("ana", until)).await;
    wait_until("it has expired", || async { (Clock::System.now() >= until).then_some(()) }).await;
    assert_eq!(given.ticket(contact).await.state(), State::Assigned, "the conversation goes on");
    given.release(contact).await;
    ana.finish(contact).await;

    let next = given.enqueue_needing(Acuity::Emergency, in_virginia()).await;
    let message = pb::ExplainTicketRequest { contact_id: next.to_string() };
    let told = given.services.explain_ticket(request(&given.administrator(), message)).await.unwrap().into_inner();
    let told = told.considerations.last().unwrap();
    assert_eq!((told.on_duty, told.credential, told.eligible), (1, 1, 0), "ruled out by the credential alone");
    let lesser = given.enqueue_needing(Acuity::High, in_virginia()).await;
    assert_eq!(ana.offer().await.contact_id, lesser.to_string(), "which counts for acuity 1 and 2 only");
    assert_eq!(given.ticket(next).await.state(), State::Queued);
    let mut ben = given.on_duty("ben").await;
    given.hire(licensed_until("ben", Clock::System.now() + TimeDelta::days(1))).await;
    assert_eq!(ben.offer().await.contact_id, next.to_string());
}
