//! What HTTP/2 lets a peer do to us, and where it ends.

use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};

use super::server::{Running, plain};
use super::*;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;
const MAX_CONCURRENT_STREAMS: u16 = 3;
const INITIAL_WINDOW_SIZE: u16 = 4;
const MAX_HEADER_LIST_SIZE: u16 = 6;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A frame that a server has sent.
struct Received {
    kind: u8,
    stream: u32,
    payload: Vec<u8>,
}

/// The frames in what a server has sent.
fn frames(mut bytes: &[u8]) -> Vec<Received> {
    let mut frames = Vec::new();
    while bytes.len() >= 9 {
        let length = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) as usize;
        let Some(payload) = bytes.get(9..9 + length) else { break };
        let stream = u32::from_be_bytes(bytes[5..9].try_into().unwrap());
        frames.push(Received { kind: bytes[3], stream, payload: payload.to_vec() });
        bytes = &bytes[9 + length..];
    }
    frames
}

/// A header's text as HPACK writes it: its length in seven bits and as many more as it takes, then itself.
fn text(text: &str) -> Vec<u8> {
    let mut left = text.len();
    let mut written = vec![u8::try_from(left.min(127)).unwrap()];
    if left >= 127 {
        left -= 127;
        while left >= 128 {
            written.push(u8::try_from(left % 128).unwrap() | 128);
            left /= 128;
        }
        written.push(u8::try_from(left).unwrap());
    }
    written.extend(text.as_bytes());
    written
}

/// The headers of a call, each kept in the peer's table, where [`AGAIN`] names them.
fn headers(bearer: &str) -> Vec<u8> {
    let mut block = vec![0x83, 0x86, 0x01];
    block.extend(text("t"));
    block.push(0x44);
    block.extend(text(GET_ASSESSMENT));
    for (name, value) in [("content-type", "application/grpc"), ("te", "trailers"), ("authorization", bearer)] {
        block.push(0x40);
        block.extend([text(name), text(value)].concat());
    }
    block
}

/// The same headers, by their places in the tables of HPACK.
const AGAIN: [u8; 9] = [0x83, 0x86, 0x01, 0x01, b't', 0xc1, 0xc0, 0xbf, 0xbe];

/// A call that is begun and taken back: two frames.
fn given_up(stream: u32, headers: &[u8]) -> Vec<u8> {
    let mut pair = frame(HEADERS, END_HEADERS, stream, headers);
    pair.extend(frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes()));
    pair
}

/// Reads until the server has sent such frames, so many of them.
async fn until_received(
    stream: &mut TcpStream,
    received: &mut Vec<u8>,
    many: usize,
    is_it: impl Fn(&Received) -> bool,
) {
    while frames(received).iter().filter(|frame| is_it(frame)).count() < many {
        assert!(!frames(received).iter().any(|frame| frame.kind == GO_AWAY), "the connection is closed");
        assert_ne!(stream.read_buf(received).await.unwrap(), 0, "the connection is there");
    }
}

async fn connected(running: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(running.public).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    stream
}

/// A call without a message, to whom nobody answers: POST http / of authority "t".
const NOWHERE: [u8; 6] = [0x83, 0x86, 0x84, 0x01, 0x01, b't'];

#[tokio::test]
async fn a_peer_that_begins_calls_and_takes_them_back_at_once_is_cut_off() {
    let world = World::new();
    let few = GrpcSettings { max_pending_resets: 256, ..settings() };
    let running = Running::of(&world, world.triage_with(&few, |_| fine()), &few).await;
    let (mut from_server, mut to_server) = connected(&running).await.into_split();
    let reading = tokio::spawn(async move {
        let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
        // The server may close while more is on its way to it, which is an error on this side.
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            received.extend(&buffer[..length]);
        }
        received
    });
    let streams: Vec<u32> = (1..200_000).step_by(2).collect();
    for flood in streams.chunks(1024) {
        let pairs: Vec<u8> = flood.iter().flat_map(|stream| given_up(*stream, &NOWHERE)).collect();
        if to_server.write_all(&pairs).await.is_err() {
            break;
        }
    }
    drop(to_server);
    let received = frames(&reading.await.unwrap());
    let farewell = received.iter().find(|frame| frame.kind == GO_AWAY).expect("the server says that it is enough");
    assert_eq!(u32::from_be_bytes(farewell.payload[4..8].try_into().unwrap()), ENHANCE_YOUR_CALM);
    let mut client = TriageServiceClient::new(plain(running.public));
    client.get_assessment(world.request_as("counselor", question())).await.unwrap();
    drop(client);
    running.end().await;
}

#[tokio::test]
async fn hundreds_of_calls_given_up_in_a_stall_harm_no_other_call_on_the_connection_and_are_not_worked_on() {
    let world = World::new();
    let (entered, leave) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let (inside, may_leave) = (Arc::clone(&entered), Arc::clone(&leave));
    let server = world.triage(move |_| {
        inside.add_permits(1);
        let leave = Arc::clone(&may_leave);
        async move {
            leave.notified().await;
            Ok(())
        }
        .boxed()
    });
    let running = Running::of(&world, server, &settings()).await;
    let mut stream = connected(&running).await;
    stream.write_all(&frame(HEADERS, END_HEADERS, 1, &headers(&world.bearer("counselor")))).await.unwrap();
    let message = question().encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let message = [[0].as_slice(), &length, &message].concat();
    stream.write_all(&frame(DATA, END_STREAM, 1, &message)).await.unwrap();
    entered.acquire().await.unwrap().forget();
    // In one piece, as they lie in the socket when a process that was paused goes on.
    let stall: Vec<u8> = (3..2003).step_by(2).flat_map(|stream| given_up(stream, &AGAIN)).collect();
    stream.write_all(&stall).await.unwrap();
    stream.write_all(&frame(PING, 0, 0, &[0; 8])).await.unwrap();
    let mut received = Vec::new();
    until_received(&mut stream, &mut received, 1, |frame| frame.kind == PING).await;
    leave.notify_one();
    until_received(&mut stream, &mut received, 1, |frame| frame.kind == DATA && frame.stream == 1).await;
    assert_eq!(entered.available_permits(), 0, "a call that its caller has taken back is not worked on");
    assert_eq!(world.finished().len(), 1);
    drop(stream);
    running.end().await;
}

#[tokio::test]
async fn the_messages_of_calls_that_were_refused_at_once_may_come_late() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let mut stream = connected(&running).await;
    let calls: Vec<u32> = (1..1201).step_by(2).collect();
    let begun: Vec<u8> = calls.iter().flat_map(|call| frame(HEADERS, END_HEADERS, *call, &NOWHERE)).collect();
    stream.write_all(&begun).await.unwrap();
    let mut received = Vec::new();
    until_received(&mut stream, &mut received, calls.len(), |frame| frame.kind == HEADERS).await;
    let late: Vec<u8> = calls.iter().flat_map(|call| frame(DATA, END_STREAM, *call, &[0; 5])).collect();
    stream.write_all(&late).await.unwrap();
    stream.write_all(&frame(PING, 0, 0, &[0; 8])).await.unwrap();
    until_received(&mut stream, &mut received, 1, |frame| frame.kind == PING).await;
    drop(stream);
    running.end().await;
}

#[tokio::test]
async fn a_flood_of_headers_is_refused_and_the_next_call_is_answered() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let mut client = TriageServiceClient::new(plain(running.public));
    let mut flood = world.request_as("counselor", question());
    for number in 0..20 {
        let name: tonic::metadata::AsciiMetadataKey = format!("x-flood-{number}").parse().unwrap();
        flood.metadata_mut().insert(name, "x".repeat(1000).parse().unwrap());
    }
    let status = client.get_assessment(flood).await.refused();
    assert!(status.message().contains("431"), "{status:?}");
    assert_eq!(world.finished().len(), 0, "the call did not get as far as the stack");
    client.get_assessment(world.request_as("counselor", question())).await.unwrap();
    drop(client);
    running.end().await;
}

#[tokio::test]
async fn a_peer_is_told_how_much_it_may_send() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let mut stream = connected(&running).await;
    let mut received = Vec::new();
    let told = loop {
        if let Some(told) = frames(&received).into_iter().find(|frame| frame.kind == SETTINGS) {
            break told.payload;
        }
        assert_ne!(stream.read_buf(&mut received).await.unwrap(), 0, "the server is there");
    };
    let setting = |id: u16| {
        let entry = told.chunks(6).find(|entry| entry[..2] == id.to_be_bytes());
        entry.map(|entry| u32::from_be_bytes(entry[2..6].try_into().unwrap()))
    };
    assert_eq!(setting(MAX_CONCURRENT_STREAMS), Some(1024));
    assert_eq!(setting(INITIAL_WINDOW_SIZE), Some(256 * 1024));
    assert_eq!(setting(MAX_HEADER_LIST_SIZE), Some(16 * 1024));
    drop(stream);
    running.end().await;
}
