//! G13: many clients watch the wallboard while the line works.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::board_service_client::BoardServiceClient;
use harborline_proto::availability::v1::ticket_service_client::TicketServiceClient;
use harborline_proto::common::v1::Acuity;
use harborline_types::ContactId;
use hdrhistogram::Histogram;
use tonic::Streaming;

use super::callers::{Caller, Story, wanted};
use super::line::{Line, Size};
use super::on_duty::{by, insist};
use crate::bare::{Bare, PER_CONNECTION};
use crate::closed_loop::merged;
use crate::database::Database;
use crate::report::{Report, Row};

/// The clients that watch, and those beside them that never read on.
const WATCHERS: usize = 500;
const STUCK: usize = 50;
/// What changes a second.
const EVENTS_PER_SECOND: f64 = 50.0;

/// When each event was there: the first contact in the queue, the second, and so on.
type Events = Rc<RefCell<Vec<Instant>>>;

/// Watches beside the bare fan-out of the same run, and calls with and without watchers.
pub(crate) async fn measure(report: &mut Report, database: &Database, quick: bool) -> anyhow::Result<()> {
    let length = Duration::from_secs(if quick { 3 } else { 15 });
    let floor = Bare::start().await?.fan_out(WATCHERS, EVENTS_PER_SECOND, length).await?;
    let line = Line::open(database, "watched", Size { counselors: 100, replicas: 1 }).await?;
    let caller = Caller { acuity: Acuity::High, language: "en", story: Story::Answered };
    let alone = line.open_loop(EVENTS_PER_SECOND, length, caller).await?;
    let stuck = wallboards(&line, STUCK).await?;
    let beside_stuck = line.open_loop(EVENTS_PER_SECOND, length, caller).await?;
    let events = (length.as_secs_f64() * EVENTS_PER_SECOND) as usize;
    let shown = watched(&line, events).await?;
    drop(stuck);
    line.close(database).await?;

    let micros = |all: &Histogram<u64>, quantile| all.value_at_quantile(quantile) as f64;
    report.add(Row::of(format!("fan-out/bare/{WATCHERS} watchers/p99"), micros(&floor, 0.99), "us"))?;
    let name = format!("board/{WATCHERS} watchers and {STUCK} that are stuck/{EVENTS_PER_SECOND} events a second");
    report.add(Row::of(format!("{name}/p50"), micros(&shown, 0.5), "us"))?;
    let p99 = Row::of(format!("{name}/p99"), micros(&shown, 0.99), "us");
    report.add(p99.against(micros(&floor, 0.99), Some("G13"), Some(3.0), false))?;
    for (name, quantile) in [("p50", 0.5), ("p99", 0.99)] {
        let row = Row::of(
            format!("time to offer beside {STUCK} stuck watchers/{name}"),
            beside_stuck.offered_micros(quantile),
            "us",
        );
        report.add(row.against(alone.offered_micros(quantile), None, None, false))?;
    }
    Ok(())
}

/// Streams of so many who watch.
async fn wallboards(line: &Line, count: usize) -> anyhow::Result<Vec<Streaming<pb::WatchBoardResponse>>> {
    let mut streams = Vec::new();
    let mut board = None;
    for number in 0..count {
        if number % PER_CONNECTION == 0 {
            board = Some(BoardServiceClient::new(line.door(number).another()));
        }
        if let Some(board) = &mut board {
            streams.push(board.watch_board(by("supervisor", pb::WatchBoardRequest::default())).await?.into_inner());
        }
    }
    Ok(streams)
}

/// How long each of so many events took to each watcher, in microseconds: from the answer that the contact is in the
/// queue.
async fn watched(line: &Line, events: usize) -> anyhow::Result<Histogram<u64>> {
    let happened = Events::default();
    let watching = wallboards(line, WATCHERS).await?.into_iter().map(|stream| watch(stream, happened.clone(), events));
    let (all, entered) = tokio::join!(futures::future::try_join_all(watching), enter(line, &happened, events));
    entered?;
    merged(all?)
}

/// Reads wallboards until all events are on them. One message may show several events.
async fn watch(
    mut stream: Streaming<pb::WatchBoardResponse>,
    happened: Events,
    events: usize,
) -> anyhow::Result<Histogram<u64>> {
    let (mut took, mut seen) = (Histogram::new(3)?, 0);
    while seen < events {
        let Some(board) = stream.message().await? else { anyhow::bail!("the board ended") };
        let waiting = board.queue.iter().map(|line| line.waiting).sum::<i64>().unsigned_abs() as usize;
        for at in happened.borrow().iter().take(waiting).skip(seen) {
            took.record(at.elapsed().as_micros() as u64)?;
        }
        // A contact that is in the queue before its caller was answered is counted with the next message.
        seen = waiting.min(happened.borrow().len()).max(seen);
    }
    Ok(took)
}

/// Contacts that nobody can answer come into the queue, one event each.
async fn enter(line: &Line, happened: &Events, events: usize) -> anyhow::Result<()> {
    let queue = TicketServiceClient::new(line.door(0).calls.clone());
    let begun = tokio::time::Instant::now();
    let caller = Caller { acuity: Acuity::High, language: "la", story: Story::Leaves };
    for event in 1..=events {
        tokio::time::sleep_until(begun + Duration::from_secs_f64(event as f64 / EVENTS_PER_SECOND)).await;
        let message = wanted(&ContactId::new().to_string(), caller);
        let asked = insist(|| {
            let (mut queue, request) = (queue.clone(), by("intake", message.clone()));
            async move { queue.request_counselor(request).await }
        });
        asked.await?;
        happened.borrow_mut().push(Instant::now());
    }
    // One more message, for a client that saw the last contact before its caller was answered.
    let last = wanted(&ContactId::new().to_string(), caller);
    let mut queue = queue;
    queue.request_counselor(by("intake", last)).await?;
    Ok(())
}
