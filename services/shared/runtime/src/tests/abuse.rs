//! What HTTP/2 lets a peer do to us, and where it ends.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::{Running, plain};
use super::*;

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;
const END_HEADERS: u8 = 4;
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

/// The frames in what a server has sent: kind and payload.
fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while bytes.len() >= 9 {
        let length = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) as usize;
        let Some(payload) = bytes.get(9..9 + length) else { break };
        frames.push((bytes[3], payload.to_vec()));
        bytes = &bytes[9 + length..];
    }
    frames
}

async fn connected(running: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(running.public).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    stream
}

#[tokio::test]
async fn a_peer_that_begins_calls_and_takes_them_back_at_once_is_cut_off() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let (mut from_server, mut to_server) = connected(&running).await.into_split();
    let reading = tokio::spawn(async move {
        let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
        // The server may close while more is on its way to it, which is an error on this side.
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            received.extend(&buffer[..length]);
        }
        received
    });
    // POST http / of authority "t", by the static table of HPACK.
    let request = [0x83, 0x86, 0x84, 0x01, 0x01, b't'];
    for stream in (1..200_000).step_by(2) {
        let mut pair = frame(HEADERS, END_HEADERS, stream, &request);
        pair.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        if to_server.write_all(&pair).await.is_err() {
            break;
        }
    }
    drop(to_server);
    let received = frames(&reading.await.unwrap());
    let farewell = received.iter().find(|(kind, _)| *kind == GO_AWAY).expect("the server says that it is enough");
    assert_eq!(u32::from_be_bytes(farewell.1[4..8].try_into().unwrap()), ENHANCE_YOUR_CALM);
    let mut client = TriageServiceClient::new(plain(running.public));
    client.get_assessment(world.request_as("counselor", question())).await.unwrap();
    drop(client);
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
        if let Some((_, told)) = frames(&received).into_iter().find(|(kind, _)| *kind == SETTINGS) {
            break told;
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
