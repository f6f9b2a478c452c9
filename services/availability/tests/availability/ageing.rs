//! Ageing: a program's own rule, which moves a long wait ahead of a more urgent contact.

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::common::v1::{Acuity, Reason};
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, owner, request};
use tonic::Status;

use crate::fixture::{Given, id, steps, unhurried};

async fn age_after(given: &Given, seconds: i64) -> Result<pb::PutPoolResponse, Status> {
    let age_after = Some(prost_types::Duration { seconds, nanos: 0 });
    let response_times = Some(pb::ResponseTimes { age_after, ..pb::ResponseTimes::default() });
    let message = pb::PutPoolRequest { request_id: id(), response_times, ..pb::PutPoolRequest::default() };
    Ok(given.services.put_pool(request(&given.administrator(), message)).await?.into_inner())
}

#[tokio::test]
async fn a_long_wait_goes_before_a_more_urgent_contact_where_the_program_says_so() {
    for (seconds, routine_first) in [(0, false), (600, true)] {
        let mut given = Given::new(unhurried()).await;
        let routine = given.enqueue(Acuity::Routine).await;
        let high = given.enqueue(Acuity::High).await;
        let answer = age_after(&given, seconds).await.unwrap().response_times.unwrap();
        assert_eq!(answer.age_after, Some(prost_types::Duration { seconds, nanos: 0 }));
        given.kill();
        let waits = "update ticket set queued_at = queued_at - interval '20 minutes' where acuity = 5";
        sqlx::query(waits).execute(&owner(&given.store)).await.unwrap();

        let other = given.another_replica().await;
        given.services = other.services.clone();
        let mut ana = given.on_duty("ana").await;
        let first = if routine_first { routine } else { high };
        assert_eq!(ana.offer().await.contact_id, first.to_string());
        // Ageing changes the place of a ticket and nothing else of it.
        let ticket = given.until_ticket_is(first, pb::TicketState::Offered).await;
        assert_eq!(ticket.acuity(), if routine_first { Acuity::Routine } else { Acuity::High });
        assert_eq!(steps(&ticket), [pb::TicketEventKind::Queued, pb::TicketEventKind::Offered]);
    }
}

#[tokio::test]
async fn an_age_of_more_than_an_hour_is_refused_and_none_is_the_default() {
    let given = Given::new(unhurried()).await;
    let named = violations_of(&assert_refused(age_after(&given, 3_601).await, Reason::RequestInvalid));
    assert_eq!(named, ["response_times.age_after"]);
    let plain = pb::PutPoolRequest { request_id: id(), ..pb::PutPoolRequest::default() };
    let answer = given.services.put_pool(request(&given.administrator(), plain)).await.unwrap().into_inner();
    assert_eq!(answer.response_times.unwrap().age_after, Some(prost_types::Duration::default()));
}
