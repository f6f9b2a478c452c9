//! The line at a glance: what is, then what changes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::ServiceError;
use harborline_store::{PageToken, StoreError};
use harborline_types::wire::{number, timestamp};
use harborline_types::{Acuity, PersonId};
use tokio::sync::watch;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::app::App;
use crate::boards::{Boards, Newest, Shown};
use crate::domain::board::{Board, Moves, OnBoard, Today};
use crate::error::AvailabilityError;
use crate::wire::measures::count;

pub(super) type Answers = BoxStream<'static, Result<pb::WatchBoardResponse, Status>>;

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::WatchBoardRequest>,
) -> Result<Answers, AvailabilityError> {
    let (call, request) = split(request)?;
    let seen: Option<Seen> = PageToken::parse(&request.cursor)?.position()?;
    let scope = call.scope()?;

    let mut newest = Boards::watch(app, &scope);
    // A reader numbers its own boards: of one that has not read yet, nobody has seen any.
    let sent = newest.borrow_and_update().clone().filter(|shown| seen == Some(Seen::of(shown)));
    let watcher = Watcher { newest, sent };
    let boards = stream::unfold(Some(watcher), |watcher| async move {
        let mut watcher = watcher?;
        match watcher.next().await {
            Some(message) => Some((Ok(message), Some(watcher))),
            None => {
                let gone = StoreError::Unavailable("the board cannot be read".to_owned());
                Some((Err(Status::from(ServiceError::from(gone))), None))
            }
        }
    });
    Ok(app.streams.limit(boards).boxed())
}

/// A board that a client has seen: its cursor.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    reader: Uuid,
    number: u64,
}

impl Seen {
    fn of(shown: &Shown) -> Self {
        Self { reader: shown.reader, number: shown.number }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.reader.simple(), self.number)
    }
}

impl FromStr for Seen {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (reader, number) = text.split_once('.').ok_or(())?;
        Ok(Self { reader: reader.parse().map_err(|_| ())?, number: number.parse().map_err(|_| ())? })
    }
}

/// One who watches.
struct Watcher {
    newest: watch::Receiver<Newest>,
    /// What the client has seen.
    sent: Option<Arc<Shown>>,
}

impl Watcher {
    /// The next message; none when the board is closed. Asked for when the client has room: it is the newest then.
    async fn next(&mut self) -> Option<pb::WatchBoardResponse> {
        loop {
            let newest = self.newest.borrow_and_update().clone();
            if let Some(newest) = newest.filter(|newest| !self.has(newest)) {
                let message = message(self.sent.as_deref(), &newest);
                self.sent = Some(newest);
                return Some(message);
            }
            self.newest.changed().await.ok()?;
        }
    }

    fn has(&self, newest: &Arc<Shown>) -> bool {
        self.sent.as_ref().is_some_and(|sent| Arc::ptr_eq(sent, newest))
    }
}

/// A board for somebody who was sent this one before, or none.
fn message(sent: Option<&Shown>, newest: &Shown) -> pb::WatchBoardResponse {
    let Some(sent) = sent else { return showing(newest, None) };
    match newest.number - sent.number {
        0 => showing(newest, Some(&Moves::default())),
        // Nearly all who watch, and at the same moment.
        1 => newest.message.get_or_init(|| showing(newest, Some(&newest.moves))).clone(),
        _ => showing(newest, Some(&newest.board.moves_since(&sent.board))),
    }
}

/// A board that shows these counselors anew; none: all of them.
fn showing(newest: &Shown, moves: Option<&Moves>) -> pb::WatchBoardResponse {
    let board = &newest.board;
    let shown = |id: &PersonId| Some(counselor(id, board.counselors.get(id)?));
    let counselors = match moves {
        Some(moves) => moves.changed.iter().filter_map(shown).collect(),
        None => board.counselors.keys().filter_map(shown).collect(),
    };
    let gone = moves.map(|moves| moves.gone.iter().map(PersonId::to_string).collect());
    pb::WatchBoardResponse {
        cursor: PageToken::write(Seen::of(newest)),
        snapshot: moves.is_none(),
        at: Some(timestamp(board.at)),
        queue: queue(board),
        pages_open: board.pages_open,
        activities: activities(board),
        counselors,
        off_duty_counselor_ids: gone.unwrap_or_default(),
        today: Some(today(&board.today)),
    }
}

fn queue(board: &Board) -> Vec<pb::QueueLine> {
    let line = |acuity: Acuity| {
        let waiting = board.queue.get(&acuity);
        pb::QueueLine {
            acuity: number(acuity),
            waiting: waiting.map_or(0, |waiting| waiting.contacts),
            longest_since: waiting.map(|waiting| timestamp(waiting.longest_since)),
        }
    };
    Acuity::ALL.into_iter().map(line).collect()
}

fn activities(board: &Board) -> Vec<pb::ActivityCount> {
    let count = |(activity, counselors)| pb::ActivityCount { activity: number(activity), counselors };
    board.activities().into_iter().map(count).collect()
}

fn counselor(id: &PersonId, on_board: &OnBoard) -> pb::BoardCounselor {
    pb::BoardCounselor {
        counselor_id: id.to_string(),
        name: on_board.name.clone(),
        activity: number(on_board.activity),
        since: Some(timestamp(on_board.since)),
    }
}

fn today(today: &Today) -> pb::BoardToday {
    pb::BoardToday {
        since: Some(timestamp(today.since)),
        offered: count(today.offered),
        answered: count(today.answered),
        short_abandoned: count(today.short_abandoned),
        abandoned: count(today.abandoned),
        handed_off: count(today.handed_off),
        service_level: today.service_level,
        occupancy: today.occupancy,
    }
}
