//! Riskiest first, one to one, whichever replica decides.

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::{Acuity, Channel};
use harborline_testkit::{counselor, owner, request, wait_until};
use harborline_types::Timestamp;
use pb::TicketState as State;

use crate::fixture::{Given, OnDuty, a_counselor, id, need, unhurried, work};

#[tokio::test]
async fn the_riskiest_is_offered_first_and_then_the_longest_wait() {
    let given = Given::new(unhurried()).await;
    let routine = given.enqueue(Acuity::Routine).await;
    let high = given.enqueue(Acuity::High).await;
    let emergency = given.enqueue(Acuity::Emergency).await;
    let late = given.enqueue(Acuity::High).await;
    let mut ana = given.on_duty("ana").await;
    ana.assert_serves_in_turn(&given, &[emergency, high, late, routine]).await;
}

#[tokio::test]
async fn a_raised_ticket_moves_ahead() {
    let given = Given::new(unhurried()).await;
    let first = given.enqueue(Acuity::High).await;
    let raised = given.enqueue(Acuity::Routine).await;
    let raise = |acuity: Acuity| {
        let message = pb::RaiseTicketRequest {
            request_id: id(),
            contact_id: raised.to_string(),
            acuity: acuity.into(),
            need: None,
            caller_is_back: false,
        };
        given.services.raise_ticket(request(&given.intake_call(), message))
    };
    raise(Acuity::Emergency).await.unwrap();
    raise(Acuity::Moderate).await.unwrap();
    let ticket = given.ticket(raised).await;
    assert_eq!(ticket.acuity(), Acuity::Emergency, "never lowered");
    let mut ana = given.on_duty("ana").await;
    assert_eq!(ana.offer().await.contact_id, raised.to_string());
    assert_eq!(given.ticket(first).await.state(), State::Queued);
}

#[tokio::test]
async fn messages_share_a_counselor_and_a_phone_call_does_not() {
    let given = Given::new(unhurried()).await;
    let message = || harborline_proto::common::v1::Need { channel: Channel::Message.into(), ..need() };
    let mut ana = given.on_duty("ana").await;
    for _ in 0..2 {
        given.enqueue_needing(Acuity::High, message()).await;
    }
    ana.until(|state| state.offers.len() == 2).await;
    let third = given.enqueue_needing(Acuity::Emergency, message()).await;
    let call = given.enqueue(Acuity::Emergency).await;
    let mut ben = given.on_duty("ben").await;
    assert_eq!(ben.offer().await.contact_id, third.to_string());
    assert_eq!(given.ticket(call).await.state(), State::Queued, "each is in, or asked for, something");
}

#[tokio::test]
async fn no_slot_and_no_contact_is_given_twice_while_the_lease_moves_between_replicas() {
    let given = Given::new(unhurried()).await;
    let names = ["ana", "ben", "cem", "dua"];
    for name in names {
        given.hire(a_counselor(name)).await;
    }
    let second = given.another_replica().await;
    let third = given.another_replica().await;
    let mut contacts = Vec::new();
    for number in 0..60 {
        let acuity = Acuity::try_from(1 + number % 5).unwrap();
        contacts.push(given.enqueue(acuity).await);
    }
    let at_work = async {
        let mut at_work = Vec::new();
        for name in names {
            at_work.push(work(&given, OnDuty::attend(&given.services, counselor(given.program, name)).await));
        }
        futures::future::join_all(at_work).await;
    };
    let moving = async {
        // The leading replica loses its lease again and again, without knowing it.
        for _ in 0..6 {
            let stolen = "update matcher_lease set holder = gen_random_uuid(), fence = fence + 1,
                                 until = clock_timestamp() + interval '100 milliseconds' returning fence";
            let steal = || async { sqlx::query_scalar(stolen).fetch_optional(&owner(&given.store)).await.unwrap() };
            let fence: i64 = wait_until("there is a lease", steal).await;
            wait_until("a matcher has the lease again", || async {
                let newest: i64 = sqlx::query_scalar("select fence from matcher_lease")
                    .fetch_one(&owner(&given.store))
                    .await
                    .unwrap();
                (newest > fence).then_some(())
            })
            .await;
        }
        drop((second, third));
        for contact in &contacts {
            given.until_ticket_is(*contact, State::Released).await;
        }
    };
    tokio::select! {
        () = at_work => unreachable!("counselors work until the end"),
        () = moving => {}
    }
    for contact in contacts {
        let ticket = given.ticket(contact).await;
        let accepted = ticket.events.iter().filter(|event| event.kind() == pb::TicketEventKind::Accepted);
        assert_eq!(accepted.count(), 1, "a contact was given to two counselors");
    }
    let overlapping: i64 = sqlx::query_scalar(
        "select count(*) from slot_hold as one join slot_hold as other using (program_id, counselor_id, slot)
         where other.epoch > one.epoch
           and not exists (select 1 from slot_release as released
                           where released.counselor_id = one.counselor_id and released.slot = one.slot
                             and released.epoch = one.epoch)",
    )
    .fetch_one(&owner(&given.store))
    .await
    .unwrap();
    assert_eq!(overlapping, 0, "a slot was given while it was held");
}

/// Takes the lease from the matcher, which does not know it; answers until when no replica has it.
const STEAL: &str = "update matcher_lease set holder = gen_random_uuid(), fence = fence + 1,
                            until = clock_timestamp() + interval '500 milliseconds' returning until";

#[tokio::test]
async fn a_matcher_that_lost_its_lease_writes_nothing() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let steal = || async {
        let owner = owner(&given.store);
        let stolen = sqlx::query_scalar(STEAL).fetch_optional(&owner);
        stolen.await.unwrap()
    };
    let until: Timestamp = wait_until("there is a lease", steal).await;
    let contact = given.enqueue(Acuity::Emergency).await;
    ana.offer().await;
    let ticket = given.ticket(contact).await;
    let offered = ticket.events.iter().find(|event| event.kind() == pb::TicketEventKind::Offered).unwrap();
    let at = harborline_types::wire::instant(offered.at.as_ref().unwrap()).unwrap();
    assert!(at >= until, "only the holder of the lease may offer");
}
