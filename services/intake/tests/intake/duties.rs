//! Duties may run again from their start at any moment.

use std::sync::atomic::Ordering;

use harborline_duties::Owed;
use harborline_identity::ServiceName;
use harborline_proto::common::v1::Acuity;
use harborline_proto::intake::v1::ContactState;
use harborline_testkit::{owner, wait_until};
use harborline_types::wire::WireEnum;

use crate::fixture::Given;
use crate::neighbors::assessment;

const EVERY_KIND: [&str; 7] = ["route", "assess", "raise", "withdraw", "release", "attempt", "follow-ups"];

/// Owes again what was fulfilled, as after a crash between the work and its record.
async fn owe_again(intake: &Given, kinds: &[&'static str], contact: &str) {
    let scope = intake.as_service(ServiceName::Intake).scope().unwrap();
    let mut tx = intake.store.begin(&scope).await.unwrap();
    for kind in kinds {
        tx.owe(Owed::now(*kind, contact));
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn every_duty_that_runs_twice_has_one_effect() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.settle().await;
    intake.closed(&contact).await;
    intake.settle().await;
    let before = intake.contact(&contact).await;
    owe_again(&intake, &EVERY_KIND, &contact).await;
    intake.settle().await;
    let after = intake.contact(&contact).await;
    assert_eq!((after.revision, after.state()), (before.revision, ContactState::Closed));
    assert_eq!(intake.planned().len(), 1);
    assert_eq!(intake.neighbors.queued.all().len(), 1);
}

#[tokio::test]
async fn a_ticket_made_while_the_caller_leaves_is_withdrawn() {
    let intake = Given::new().await;
    intake.neighbors.hold_requests.store(true, Ordering::SeqCst);
    let contact = intake.open().await;
    let leaving = async {
        intake.neighbors.arrived.notified().await;
        intake.leave(&contact).await.unwrap();
        wait_until("only the request is under way", || async {
            (intake.open_duties().await == ["route"]).then_some(())
        })
        .await;
        assert!(intake.neighbors.withdrawn.all().is_empty(), "no ticket yet");
        intake.neighbors.go_on.notify_one();
        wait_until("no duty is open", || async { intake.open_duties().await.is_empty().then_some(()) }).await;
    };
    intake.working(leaving).await;
    assert_eq!(intake.neighbors.withdrawn.all().len(), 1);
    assert_eq!(intake.contact(&contact).await.state(), ContactState::Left);
}

#[tokio::test]
async fn a_route_that_is_repeated_after_a_failure_tells_the_queue_the_newest_assessment() {
    let intake = Given::new().await;
    intake.neighbors.triage_away.store(true, Ordering::SeqCst);
    intake.neighbors.availability_away.store(true, Ordering::SeqCst);
    let contact = intake.open().await;
    let tried = wait_until("it was tried", || async {
        let attempt: Option<i32> = sqlx::query_scalar("select max(attempt) from duty where kind = 'route'")
            .fetch_one(&owner(&intake.store))
            .await
            .unwrap();
        (attempt > Some(1)).then_some(())
    });
    intake.working(tried).await;
    intake.assess(assessment(&contact, 1, Acuity::Emergency)).await;
    intake.neighbors.assessment.lock().unwrap().replace(assessment(&contact, 1, Acuity::Emergency));
    intake.neighbors.triage_away.store(false, Ordering::SeqCst);
    intake.neighbors.availability_away.store(false, Ordering::SeqCst);
    intake.settle().await;
    let raised = intake.neighbors.raised.all();
    assert_eq!(
        raised.last().unwrap().acuity.to_wire(),
        Acuity::Emergency,
        "an earlier ticket may have an older acuity"
    );
}
