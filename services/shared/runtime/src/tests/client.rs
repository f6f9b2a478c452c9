use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt;
use harborline_status::{Reason, ServiceError, reason_of};
use harborline_telemetry::testing::init_for_tests;
use harborline_telemetry::trace;
use tokio::time::Instant;
use tonic::Code;
use tonic::transport::Endpoint;
use tracing::{Instrument, info_span};

use super::*;
use crate::deadline::DEADLINE;

/// Fails so many times, then answers. Counts.
fn failing(times: usize, reason: Reason) -> (Arc<AtomicUsize>, impl Fn(Call) -> Answer + Send + Sync + 'static) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&calls);
    let answer = move |_: Call| {
        let before = counting.fetch_add(1, Ordering::SeqCst);
        async move { if before < times { Err(ServiceError::new(reason, "not now").into()) } else { Ok(()) } }.boxed()
    };
    (calls, answer)
}

#[tokio::test]
async fn a_neighbor_that_is_unavailable_for_a_moment_is_asked_again() {
    let (calls, answer) = failing(2, Reason::TemporarilyUnavailable);
    let server = World::new().triage(answer);
    as_intake(&server).get_assessment(in_program(question())).await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_neighbor_that_stays_unavailable_is_asked_three_times_and_no_more() {
    let (calls, answer) = failing(usize::MAX, Reason::TemporarilyUnavailable);
    let server = World::new().triage(answer);
    let status = as_intake(&server).get_assessment(in_program(question())).await.refused();
    assert_eq!(reason_of(&status), Some(Reason::TemporarilyUnavailable));
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_neighbor_that_stays_unavailable_to_many_calls_is_not_asked_three_times_by_each() {
    const CALLS: usize = 300;
    let (calls, answer) = failing(usize::MAX, Reason::TemporarilyUnavailable);
    let server = World::new().triage(answer);
    let client = as_intake(&server);
    let calling = (0..CALLS).map(|_| {
        let mut client = client.clone();
        async move { client.get_assessment(in_program(question())).await.refused() }
    });
    futures::future::join_all(calling).await;
    assert!((CALLS..2 * CALLS).contains(&calls.load(Ordering::SeqCst)), "{calls:?}");
}

#[tokio::test]
async fn any_other_refusal_is_an_answer() {
    for reason in [Reason::AssessmentNotFound, Reason::Overloaded, Reason::InternalFault, Reason::DeadlineOver] {
        let (calls, answer) = failing(usize::MAX, reason);
        let server = World::new().triage(answer);
        let status = as_intake(&server).get_assessment(in_program(question())).await.refused();
        assert_eq!(reason_of(&status), Some(reason));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_call_made_for_another_has_at_most_the_time_that_is_left() {
    const LEFT: Duration = Duration::from_secs(15);
    let server = World::new().triage(|call| {
        // Less than the server would grant by itself.
        assert!(call.deadline().unwrap().saturating_duration_since(std::time::Instant::now()) <= LEFT);
        fine()
    });
    let deadline = Instant::now() + LEFT;
    DEADLINE.scope(deadline, as_intake(&server).get_assessment(in_program(question()))).await.unwrap();
}

#[tokio::test]
async fn a_call_without_time_left_is_over() {
    let server = World::new().triage(|_| futures::future::pending().boxed());
    let deadline = Instant::now() + Duration::from_millis(20);
    let status = DEADLINE.scope(deadline, as_intake(&server).get_assessment(in_program(question()))).await.refused();
    assert_eq!((status.code(), reason_of(&status)), (Code::DeadlineExceeded, Some(Reason::DeadlineOver)));
}

#[tokio::test]
async fn a_neighbor_that_is_not_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
    let mut client = TriageServiceClient::new(MeshClient::over(ServiceName::Triage, channel));
    let status = client.get_assessment(in_program(question())).await.refused();
    assert_eq!((status.code(), reason_of(&status)), (Code::Unavailable, Some(Reason::TemporarilyUnavailable)));
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let breaking = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut preface = [0; 64];
            let _read = tokio::io::AsyncReadExt::read(&mut stream, &mut preface).await.unwrap();
        }
    });
    let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
    let mut client = TriageServiceClient::new(MeshClient::over(ServiceName::Triage, channel));
    let status = client.get_assessment(in_program(question())).await.refused();
    assert_eq!((status.code(), reason_of(&status)), (Code::Unavailable, Some(Reason::TemporarilyUnavailable)));
    breaking.abort();
}

#[tokio::test]
async fn a_call_and_its_answer_are_in_one_trace() {
    init_for_tests();
    let seen = Arc::new(Mutex::new(None));
    let seeing = Arc::clone(&seen);
    let server = World::new().triage(move |_| {
        *seeing.lock().unwrap() = trace::current_traceparent();
        fine()
    });
    let duty = info_span!("duty");
    as_intake(&server).get_assessment(in_program(question())).instrument(duty.clone()).await.unwrap();
    let seen = seen.lock().unwrap().clone().expect("answered in a span");
    let expected = trace::trace_id(&duty).unwrap();
    assert!(seen.contains(&expected), "{seen} is not in {expected}");
}
