//! Streams the wallboard of a program: the whole of it first, then what has changed.

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
use crate::domain::wallboard::{CounselorChanges, CounselorOnDuty, Today, Wallboard};
use crate::error::AvailabilityError;
use crate::wallboards::{Newest, WallboardSnapshot, Wallboards};
use crate::wire::measures::count;

pub(super) type Answers = BoxStream<'static, Result<pb::WatchBoardResponse, Status>>;

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::WatchBoardRequest>,
) -> Result<Answers, AvailabilityError> {
    let (call, request) = split(request)?;
    let seen: Option<Seen> = PageToken::parse(&request.cursor)?.position()?;
    let scope = call.scope()?;

    let mut newest = Wallboards::watch(app, &scope);
    // A cursor counts only for the reader that is there now: another one numbers its snapshots anew.
    let sent = newest.borrow_and_update().clone().filter(|snapshot| seen == Some(Seen::of(snapshot)));
    let watcher = Watcher { newest, sent };
    let messages = stream::unfold(Some(watcher), |watcher| async move {
        let mut watcher = watcher?;
        match watcher.next().await {
            Some(message) => Some((Ok(message), Some(watcher))),
            None => {
                let gone = StoreError::Unavailable("the wallboard cannot be read".to_owned());
                Some((Err(Status::from(ServiceError::from(gone))), None))
            }
        }
    });
    Ok(app.streams.limit(messages).boxed())
}

/// The snapshot that a client has seen: its cursor.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    reader: Uuid,
    number: u64,
}

impl Seen {
    fn of(snapshot: &WallboardSnapshot) -> Self {
        Self { reader: snapshot.reader, number: snapshot.number }
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

/// One stream.
struct Watcher {
    newest: watch::Receiver<Newest>,
    /// The snapshot that the client was sent last.
    sent: Option<Arc<WallboardSnapshot>>,
}

impl Watcher {
    /// The next message; none when the reader has ended. Called when the client has room for a message, which is then
    /// made from the newest snapshot.
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

    fn has(&self, newest: &Arc<WallboardSnapshot>) -> bool {
        self.sent.as_ref().is_some_and(|sent| Arc::ptr_eq(sent, newest))
    }
}

/// The newest snapshot for a client that was sent this one before, or none.
fn message(sent: Option<&WallboardSnapshot>, newest: &WallboardSnapshot) -> pb::WatchBoardResponse {
    let Some(sent) = sent else { return with_changes(newest, None) };
    match newest.number - sent.number {
        0 => with_changes(newest, Some(&CounselorChanges::default())),
        // Nearly all clients of a wallboard, and at the same moment.
        1 => newest.message.get_or_init(|| with_changes(newest, Some(&newest.changes))).clone(),
        _ => with_changes(newest, Some(&newest.wallboard.changes_since(&sent.wallboard))),
    }
}

/// The message of a snapshot with these changes of counselors; none: with all counselors.
fn with_changes(newest: &WallboardSnapshot, changes: Option<&CounselorChanges>) -> pb::WatchBoardResponse {
    let wallboard = &newest.wallboard;
    let by_id = |id: &PersonId| Some(counselor(id, wallboard.counselors.get(id)?));
    let counselors = match changes {
        Some(changes) => changes.changed.iter().filter_map(by_id).collect(),
        None => wallboard.counselors.keys().filter_map(by_id).collect(),
    };
    let gone = changes.map(|changes| changes.gone.iter().map(PersonId::to_string).collect());
    pb::WatchBoardResponse {
        cursor: PageToken::write(Seen::of(newest)),
        snapshot: changes.is_none(),
        at: Some(timestamp(wallboard.at)),
        queue: queue(wallboard),
        pages_open: wallboard.pages_open,
        activities: activities(wallboard),
        counselors,
        off_duty_counselor_ids: gone.unwrap_or_default(),
        today: Some(today(&wallboard.today)),
    }
}

fn queue(wallboard: &Wallboard) -> Vec<pb::QueueLine> {
    let line = |acuity: Acuity| {
        let waiting = wallboard.queue.get(&acuity);
        pb::QueueLine {
            acuity: number(acuity),
            waiting: waiting.map_or(0, |waiting| waiting.contacts),
            longest_since: waiting.map(|waiting| timestamp(waiting.longest_since)),
        }
    };
    Acuity::ALL.into_iter().map(line).collect()
}

fn activities(wallboard: &Wallboard) -> Vec<pb::ActivityCount> {
    let count = |(activity, counselors)| pb::ActivityCount { activity: number(activity), counselors };
    wallboard.activities().into_iter().map(count).collect()
}

fn counselor(id: &PersonId, on_duty: &CounselorOnDuty) -> pb::BoardCounselor {
    pb::BoardCounselor {
        counselor_id: id.to_string(),
        name: on_duty.name.clone(),
        activity: number(on_duty.activity),
        since: Some(timestamp(on_duty.since)),
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
