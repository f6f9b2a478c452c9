use harborline_status::{Reason, reason_of};

use super::*;

const METHOD: &str = "harborline.triage.v1.TriageService/GetAssessment";

async fn ask(server: &Server, world: &World) -> Result<(), Status> {
    let asked = world.request_as("counselor", question());
    public(server).get_assessment(asked).await.map(|_| ())
}

fn rows(world: &World) -> Vec<Row> {
    world.log.rows.lock().unwrap().clone()
}

fn not_allowed() -> Answer {
    async { Err(ServiceError::new(Reason::CallerNotAllowed, "not this one").into()) }.boxed()
}

#[tokio::test]
async fn a_read_is_one_row() {
    let world = World::new();
    ask(&world.triage(|_| fine()), &world).await.unwrap();
    assert_eq!(rows(&world), [(METHOD, false)]);
}

#[tokio::test]
async fn what_cannot_be_put_on_record_is_not_answered_and_may_be_repeated() {
    let world = World::new();
    let server = world.triage(|_| fine());
    world.log.is_broken.store(true, Ordering::Relaxed);
    let held_back = ask(&server, &world).await.refused();
    assert_eq!(reason_of(&held_back), Some(Reason::TemporarilyUnavailable));
    world.log.is_broken.store(false, Ordering::Relaxed);
    ask(&server, &world).await.unwrap();
    assert_eq!(rows(&world).len(), 1);
}

#[tokio::test]
async fn a_refusal_is_one_row_and_stays_a_refusal_without_it() {
    let world = World::new();
    let server = world.triage(|_| not_allowed());
    for is_broken in [false, true] {
        world.log.is_broken.store(is_broken, Ordering::Relaxed);
        let refused = ask(&server, &world).await.refused();
        assert_eq!(reason_of(&refused), Some(Reason::CallerNotAllowed));
    }
    assert_eq!(rows(&world), [(METHOD, true)]);
}

#[tokio::test]
async fn what_has_put_itself_on_record_is_not_put_there_twice() {
    let world = World::new();
    let server = world.triage(|call| {
        call.put_on_record();
        fine()
    });
    ask(&server, &world).await.unwrap();
    assert_eq!(rows(&world), []);
}

#[tokio::test]
async fn a_call_that_found_nothing_has_seen_nothing() {
    let world = World::new();
    let nothing = || async { Err(ServiceError::new(Reason::AssessmentNotFound, "none").into()) };
    ask(&world.triage(move |_| nothing().boxed()), &world).await.refused();
    assert_eq!(rows(&world), []);
}

#[tokio::test]
async fn a_call_that_touches_no_health_information_is_not_on_record() {
    let world = World::new();
    let request = world.request_as("counselor", GetProtocolRequest::default());
    let _ = public(&world.triage(|_| fine())).get_protocol(request).await;
    assert_eq!(rows(&world), []);
}
