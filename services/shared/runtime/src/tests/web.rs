//! What a browser may get wrong: its fault, told in the contract's words, and none of ours.

use std::net::SocketAddr;

use harborline_status::Reason;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request as HttpRequest};
use http_body_util::{BodyExt, Full};
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;
use tonic::body::Body;
use tower::ServiceExt;

use super::server::Running;
use super::*;

const BINARY: &str = "application/grpc-web+proto";
const TEXT: &str = "application/grpc-web-text+proto";

/// A frame of the protocol: a flag, the length that it claims, and what comes.
fn frame(flag: u8, length: u32, payload: &[u8]) -> Vec<u8> {
    [[flag].as_slice(), &length.to_be_bytes(), payload].concat()
}

/// Sends bytes as the message of a call; answers the status line and headers.
async fn send(address: SocketAddr, bearer: &str, content_type: &str, message: &[u8]) -> String {
    let head = format!(
        "POST {GET_ASSESSMENT} HTTP/1.1\r\nhost: triage\r\nauthorization: {bearer}\r\n\
         content-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        message.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(message).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).to_lowercase()
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_the_callers_fault_and_not_counted_as_ours() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let bearer = world.bearer("counselor");
    let whole = question().encode_to_vec();
    let length = u32::try_from(whole.len()).unwrap();
    let malformed = [
        ("no message", BINARY, Vec::new()),
        ("a flag that is none", BINARY, frame(7, length, &whole)),
        ("compressed, but not said how", BINARY, frame(1, length, &whole)),
        ("trailers in place of a message", BINARY, frame(0x80, length, &whole)),
        ("a frame cut off in its head", BINARY, vec![0, 0, 0]),
        ("a frame cut off in its message", BINARY, frame(0, length + 9, &whole)),
        ("a frame longer than any may be", BINARY, frame(0, u32::MAX, &whole)),
        ("a message that is no Protobuf", BINARY, frame(0, 4, &[0xff; 4])),
        ("text that is no base64", TEXT, b"%%%%%%%%".to_vec()),
        ("base64 that is cut off", TEXT, b"AAAAAA".to_vec()),
        ("base64 of a frame that is cut off", TEXT, b"AAAAAAk=".to_vec()),
    ];
    for (what, content_type, message) in &malformed {
        let answer = send(running.public, &bearer, content_type, message).await;
        assert!(answer.contains("grpc-status: 3\r\n"), "{what}: {answer}");
        let counted = world.finished().pop().unwrap();
        assert_eq!((counted.code, counted.reason), (Code::InvalidArgument, Some(Reason::RequestInvalid)), "{what}");
    }
    assert_eq!(world.finished().len(), malformed.len());
    let answer = send(running.public, &bearer, BINARY, &frame(0, length, &whole)).await;
    assert!(answer.contains("grpc-status:0"), "{answer}");
    running.end().await;
}

#[tokio::test]
async fn what_is_no_grpc_web_is_turned_away_before_it_is_a_call() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let answer = send(running.public, &world.bearer("counselor"), "application/json", b"{}").await;
    assert!(answer.starts_with("http/1.1 400"), "{answer}");
    let mut stream = TcpStream::connect(running.public).await.unwrap();
    stream.write_all(b"what is this\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(world.finished().len(), 0);
    running.end().await;
}

#[tokio::test]
async fn a_status_without_a_reason_from_a_story_stays_a_fault_of_ours() {
    let world = World::new();
    for code in [Code::Internal, Code::Unknown, Code::InvalidArgument, Code::DataLoss] {
        let server = world.triage(move |_| async move { Err(Status::new(code, "a library's word")) }.boxed());
        let whole = question().encode_to_vec();
        let message = frame(0, u32::try_from(whole.len()).unwrap(), &whole);
        let request = HttpRequest::post(format!("http://triage{GET_ASSESSMENT}"))
            .header(CONTENT_TYPE, "application/grpc")
            .header("authorization", world.bearer("counselor"))
            .body(Body::new(Full::new(message.into())))
            .unwrap();
        let response = server.rpc().oneshot(request).await.unwrap();
        let headers: HeaderMap = response.headers().clone();
        drop(response.into_body().collect().await);
        assert_eq!(headers["grpc-status"], "13", "{code:?}");
    }
}
