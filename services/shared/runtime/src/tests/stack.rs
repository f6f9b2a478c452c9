use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use harborline_identity::{Caller, ServiceName};
use harborline_proto::triage::v1::GetProtocolRequest;
use harborline_status::{Reason, reason_of, retry_after_of, violations_of};
use harborline_types::ProgramId;
use http_body_util::Full;
use tokio::sync::{Notify, Semaphore};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::ServiceExt;

use super::*;
use crate::stack::{MAX_MESSAGE_BYTES, StackParts, layer_names};

fn refusal(status: &Status) -> (Code, Option<Reason>) {
    (status.code(), reason_of(status))
}

/// Sends bytes as they are.
async fn raw(server: &Server, path: &str, bearer: &str, message: Vec<u8>) -> http::Response<Body> {
    let request = http::Request::post(format!("http://triage{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("authorization", bearer)
        .body(Body::new(Full::new(message.into())))
        .unwrap();
    server.rpc().oneshot(request).await.unwrap()
}

fn refused_with(response: &http::Response<Body>) -> (Code, Option<Reason>) {
    refusal(&Status::from_header_map(response.headers()).expect("refused in the headers"))
}

fn frame(length: usize) -> Vec<u8> {
    let mut frame = vec![0];
    frame.extend(u32::try_from(length).unwrap().to_be_bytes());
    frame.resize(5 + length, 0xff);
    frame
}

#[test]
fn the_layers_stand_in_the_order_that_their_reasons_ask_for() {
    let world = World::new();
    let authenticator = Authenticator::from_settings(&world.identity(ServiceName::Triage), policy()).unwrap();
    let parts = StackParts {
        settings: settings(),
        authenticator,
        access_log: Arc::new(Kept::default()),
        observer: Arc::new(|_| ()),
    };
    assert_eq!(
        layer_names(parts),
        [
            "given up",
            "request id",
            "trace extract",
            "metrics",
            "catch panic",
            "error finish",
            "deadline",
            "authenticate",
            "caller limits",
            "load shed",
            "record",
            "policy",
            "message size",
        ]
    );
}

#[tokio::test]
async fn a_call_without_a_credential_is_refused_and_counted() {
    let world = World::new();
    let server = world.triage(|_| fine());
    let status = public(&server).get_assessment(question()).await.refused();
    assert_eq!(refusal(&status), (Code::Unauthenticated, Some(Reason::CredentialInvalid)));
    let [counted] = world.finished()[..] else { panic!("counted once") };
    assert_eq!(counted.method, GET_ASSESSMENT.trim_start_matches('/'));
    assert_eq!((counted.code, counted.reason), (Code::Unauthenticated, Some(Reason::CredentialInvalid)));
}

#[tokio::test]
async fn a_caller_whom_the_policy_does_not_admit_is_refused() {
    let world = World::new();
    let server = world.triage(|_| fine());
    let status = public(&server).get_assessment(world.request_as("front_end", question())).await.refused();
    assert_eq!(refusal(&status), (Code::PermissionDenied, Some(Reason::CallerNotAllowed)));
    let followup = MeshClient::over(ServiceName::Triage, server.duplex(Some(ServiceName::Followup)));
    let status = TriageServiceClient::new(followup).get_assessment(question()).await.refused();
    assert_eq!(refusal(&status), (Code::PermissionDenied, Some(Reason::CallerNotAllowed)));
}

#[tokio::test]
async fn a_person_acts_in_the_program_of_the_token_whatever_the_metadata_says() {
    let world = World::new();
    let server = world.triage(|call| {
        assert_eq!(call.scope().unwrap().program(), ProgramId(PROGRAM));
        assert!(matches!(call.caller(), Caller::Person(person) if person.id.as_str() == "ana"));
        assert!(call.deadline().is_some());
        fine()
    });
    let mut request = world.request_as("counselor", question());
    request.metadata_mut().insert(crate::PROGRAM_KEY, Uuid::nil().to_string().parse().unwrap());
    public(&server).get_assessment(request).await.unwrap();
    assert_eq!(world.finished()[0].code, Code::Ok);
}

#[tokio::test]
async fn a_service_acts_in_the_program_that_it_names() {
    let world = World::new();
    let server = world.triage(|call| {
        assert!(matches!(call.caller(), Caller::Service(ServiceName::Intake)));
        assert_eq!(call.scope().unwrap().program(), ProgramId(PROGRAM));
        fine()
    });
    as_intake(&server).get_assessment(in_program(question())).await.unwrap();
}

#[tokio::test]
async fn a_program_that_is_no_uuid_is_a_wrong_field() {
    let world = World::new();
    let server = world.triage(|_| fine());
    let mut request = Request::new(question());
    request.metadata_mut().insert(crate::PROGRAM_KEY, "one".parse().unwrap());
    let status = as_intake(&server).get_assessment(request).await.refused();
    assert_eq!(refusal(&status), (Code::InvalidArgument, Some(Reason::RequestInvalid)));
    assert_eq!(violations_of(&status), [crate::PROGRAM_KEY]);
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_the_load_and_takes_no_place() {
    let world = World::new();
    let (entered, leave) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let (inside, may_leave) = (Arc::clone(&entered), Arc::clone(&leave));
    let one_at_a_time = GrpcSettings { max_in_flight: 1, ..settings() };
    let server = world.triage_with(&one_at_a_time, move |_| {
        inside.add_permits(1);
        let leave = Arc::clone(&may_leave);
        async move {
            leave.notified().await;
            Ok(())
        }
        .boxed()
    });
    let busy = {
        let (mut client, request) = (public(&server), world.request_as("counselor", question()));
        tokio::spawn(async move { client.get_assessment(request).await })
    };
    let _inside = entered.acquire().await.unwrap();
    let stranger = public(&server).get_assessment(question()).await.refused();
    assert_eq!(refusal(&stranger), (Code::Unauthenticated, Some(Reason::CredentialInvalid)));
    let known = public(&server).get_assessment(world.request_as("counselor", question())).await.refused();
    assert_eq!(refusal(&known), (Code::ResourceExhausted, Some(Reason::Overloaded)));
    leave.notify_one();
    busy.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_caller_above_their_own_limit_is_told_when_to_repeat() {
    let world = World::new();
    let one_a_second = GrpcSettings { person_requests_per_second: 1, person_burst: 1, ..settings() };
    let server = world.triage_with(&one_a_second, |_| fine());
    let mut client = public(&server);
    // A slow machine may let a second pass between two calls.
    let status = loop {
        if let Err(status) = client.get_assessment(world.request_as("counselor", question())).await {
            break status;
        }
    };
    assert_eq!(refusal(&status), (Code::ResourceExhausted, Some(Reason::Overloaded)));
    let wait = retry_after_of(&status).expect("it says when");
    assert!(wait <= Duration::from_secs(1), "{wait:?}");
    as_intake(&server).get_assessment(in_program(question())).await.unwrap();
}

#[tokio::test]
async fn a_panic_leaves_as_a_reference_and_is_counted() {
    let world = World::new();
    let server = world.triage(|_| panic!("the words of a caller"));
    let request = world.request_as("counselor", question());
    let status = public(&server).get_assessment(request).await.refused();
    assert_eq!(refusal(&status), (Code::Internal, Some(Reason::InternalFault)));
    let details = String::from_utf8_lossy(status.details()).into_owned();
    assert!(details.contains("reference"));
    assert!(!format!("{}{details}", status.message()).contains("words"));
    assert_eq!(world.finished()[0].reason, Some(Reason::InternalFault));
}

#[tokio::test]
async fn a_call_whose_time_is_over_is_told_so_and_counted() {
    let world = World::new();
    let server = world.triage(|_| futures::future::pending().boxed());
    let mut request = world.request_as("counselor", question());
    request.set_timeout(Duration::from_millis(30));
    // Straight into the stack: a client would give up by itself.
    let (metadata, ..) = request.into_parts();
    let mut direct = http::Request::post(format!("http://triage{GET_ASSESSMENT}"))
        .header("content-type", "application/grpc")
        .body(Body::new(Full::new(frame(0).into())))
        .unwrap();
    direct.headers_mut().extend(metadata.into_headers());
    let response = server.rpc().oneshot(direct).await.unwrap();
    assert_eq!(refused_with(&response), (Code::DeadlineExceeded, Some(Reason::DeadlineOver)));
    assert_eq!(world.finished()[0].reason, Some(Reason::DeadlineOver));
}

#[tokio::test]
async fn nobody_gets_more_time_than_the_longest_granted() {
    let world = World::new();
    let short = GrpcSettings { max_deadline_ms: 20, default_deadline_ms: 20, ..settings() };
    let server = world.triage_with(&short, |_| futures::future::pending().boxed());
    for asked in [Some(Duration::from_secs(3600)), None] {
        let mut request = world.request_as("counselor", question());
        asked.into_iter().for_each(|asked| request.set_timeout(asked));
        let status = public(&server).get_assessment(request).await.refused();
        assert_eq!(refusal(&status), (Code::DeadlineExceeded, Some(Reason::DeadlineOver)));
    }
}

#[tokio::test]
async fn a_method_that_is_not_there_is_unknown_and_its_name_is_not_counted() {
    let world = World::new();
    let server = world.triage(|_| fine());
    let status = public(&server).get_protocol(world.request_as("counselor", GetProtocolRequest {})).await.refused();
    assert_eq!(refusal(&status), (Code::Unimplemented, Some(Reason::MethodUnknown)));
    let path = "/harborline.triage.v1.TriageService/Jane.Doe";
    let response = raw(&server, path, &world.bearer("counselor"), frame(0)).await;
    assert_eq!(refused_with(&response), (Code::Unimplemented, Some(Reason::MethodUnknown)));
    assert_eq!(world.finished()[1].method, "unknown");
}

#[tokio::test]
async fn a_status_without_a_reason_gets_one_and_its_text_stays_inside() {
    let world = World::new();
    let server = world.triage(|_| async { Err(Status::unknown("row of Jane Doe")) }.boxed());
    let status = public(&server).get_assessment(world.request_as("counselor", question())).await.refused();
    assert_eq!(refusal(&status), (Code::Internal, Some(Reason::InternalFault)));
    assert!(!status.message().contains("Jane"));
}

#[tokio::test]
async fn a_message_that_is_none_or_too_large_is_a_wrong_request() {
    let world = World::new();
    let server = world.triage(|_| fine());
    for message in [frame(40), frame(MAX_MESSAGE_BYTES)] {
        let response = raw(&server, GET_ASSESSMENT, &world.bearer("counselor"), message).await;
        assert_eq!(refused_with(&response), (Code::InvalidArgument, Some(Reason::RequestInvalid)));
    }
}

#[tokio::test]
async fn every_answer_names_its_request_and_keeps_only_names_that_are_ids() {
    let world = World::new();
    let server = world.triage(|_| fine());
    let given = Uuid::from_u128(42).to_string();
    for (sent, is_kept) in [(given.as_str(), true), ("Jane Doe", false)] {
        let request = http::Request::post(format!("http://triage{GET_ASSESSMENT}"))
            .header("x-request-id", sent)
            .body(Body::empty())
            .unwrap();
        let response = server.rpc().oneshot(request).await.unwrap();
        let answered = response.headers()["x-request-id"].to_str().unwrap();
        assert!(Uuid::parse_str(answered).is_ok());
        assert_eq!(answered == sent, is_kept);
    }
}

#[tokio::test]
async fn a_caller_who_leaves_is_counted() {
    let world = World::new();
    let server = world.triage(|_| futures::future::pending().boxed());
    let request = http::Request::post(format!("http://triage{GET_ASSESSMENT}"))
        .header("authorization", world.bearer("counselor"))
        .header("content-type", "application/grpc")
        .body(Body::new(Full::new(frame(0).into())))
        .unwrap();
    let mut answering = Box::pin(server.rpc().oneshot(request));
    // The first turn is the connection's.
    for _turn in 0..2 {
        assert!(answering.as_mut().now_or_never().is_none(), "still waiting");
    }
    drop(answering);
    assert_eq!(world.finished()[0].code, Code::Cancelled);
}
