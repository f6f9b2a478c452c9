//! An open Attend stream makes a counselor present. A counselor may have several, one for each device, and all send the
//! same.
//!
//! Each stream has a task that sends the counselor's state after each change. A change that the pool's matcher makes
//! arrives as a snapshot, from whichever replica ([`crate::counselor_feeds`]); any other change arrives as a hint, and
//! the task reads the database. When the client goes away, the stream reaches its age, or the service drains, the
//! stream is dropped. The task notices and notes that the stream broke, and tries until that is on record. A replica
//! that dies cannot do so: its heartbeat stops, and the matcher counts its streams as broken.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use harborline_identity::ProgramScope;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::ServiceError;
use harborline_store::{PageTokens, StoreError, Watch};
use harborline_types::PersonId;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};
use tracing::Instrument;
use uuid::Uuid;

use crate::app::App;
use crate::counselor_feeds::{CounselorFeed, CounselorFeeds, CounselorSnapshot};
use crate::domain::{BreakReason, CounselorState};
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::store;
use crate::wire::counselor_state::attend_response;

/// Pause after the database did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(250);

/// After this time without a hint a stream reads the database. It is long because there may be thousands of streams,
/// and because hints are lost only with the connection that brings them, and its return wakes all streams.
const READ_AGAIN: Duration = Duration::from_secs(30);

type Sender = mpsc::Sender<Result<pb::AttendResponse, Status>>;

pub(super) type Answers = BoxStream<'static, Result<pb::AttendResponse, Status>>;

pub(super) async fn handle(app: &Arc<App>, request: Request<pb::AttendRequest>) -> Result<Answers, AvailabilityError> {
    let (call, request) = split(request)?;
    let scope = call.scope()?;
    let counselor = counselor_calls::counselor(app, &call, &scope).await?;
    let cursors = PageTokens::of(scope.program(), "Attend", &counselor.to_string());
    let sent = cursors.position(&request.cursor)?.unwrap_or_default();

    let watch = app.store.watch(store::counselor_hint(scope.program(), &counselor));
    let feed = CounselorFeeds::watch(app, scope.program(), &counselor);
    let session = Session { app: app.clone(), scope, counselor, id: Uuid::new_v4(), cursors, sent };
    let (sender, receiver) = mpsc::channel(1);
    // In a task, so that a client that gives up here does not leave a presence without a stream.
    let begun = tokio::spawn(session.open(watch, feed, sender).in_current_span()).await;
    begun.map_err(|error| ServiceError::internal("opening an Attend stream", error))??;
    Ok(app.streams.limit(ReceiverStream::new(receiver)).boxed())
}

/// One Attend stream.
struct Session {
    app: Arc<App>,
    scope: ProgramScope,
    counselor: PersonId,
    id: Uuid,
    cursors: PageTokens,
    /// The number of messages sent: the cursor.
    sent: u64,
}

impl Session {
    /// Puts the stream on record and starts the task that serves it.
    async fn open(self, watch: Watch, feed: CounselorFeed, sender: Sender) -> Result<(), AvailabilityError> {
        let begun = self.begin().await;
        if begun.is_ok() {
            tokio::spawn(self.run(watch, feed, sender));
        } else {
            // The commit may have succeeded although its answer was lost.
            tokio::spawn(self.end());
        }
        begun
    }

    async fn begin(&self) -> Result<(), AvailabilityError> {
        let (app, silence) = (&self.app, self.app.dispatch.replica_silence());
        let mut tx = app.store.begin(&self.scope).await?;
        if !store::presence_begin(&mut tx, &self.scope, &self.counselor, self.id, app.replica, silence).await? {
            return Err(AvailabilityError::TooManyStreams);
        }
        Ok(tx.commit().await?)
    }

    /// Sends the state after each change until the client is gone, or the presence has ended.
    async fn run(mut self, mut watch: Watch, mut feed: CounselorFeed, sender: Sender) {
        let mut last: Option<pb::AttendResponse> = None;
        let mut snapshot: Option<Arc<CounselorSnapshot>> = None;
        loop {
            // A matcher that does not know this stream yet may know less than the database.
            let state = match snapshot.take().filter(|snapshot| snapshot.streams.contains(&self.id)) {
                Some(snapshot) => Ok(self.message(&snapshot)),
                None => self.read().await,
            };
            match state {
                Ok(None) => return,
                Ok(Some(state)) if last.as_ref() == Some(&state) => {}
                Ok(Some(state)) => {
                    self.sent = self.sent.wrapping_add(1);
                    let numbered = pb::AttendResponse { cursor: self.cursors.write(self.sent), ..state.clone() };
                    if sender.send(Ok(numbered)).await.is_err() {
                        break;
                    }
                    last = Some(state);
                }
                Err(error) => {
                    let _ = sender.send(Err(ServiceError::from(error).into())).await;
                    break;
                }
            }
            tokio::select! {
                () = sender.closed() => break,
                newest = feed.next() => snapshot = newest,
                _ = watch.changed_within(READ_AGAIN) => feed.skip(),
            }
        }
        drop(sender);
        self.end().await;
    }

    /// Notes that the stream broke, until that is on record.
    async fn end(self) {
        while let Err(error) = self.note_broken().await {
            tracing::debug!(%error, "a broken Attend stream is not on record yet");
            tokio::time::sleep(AFTER_FAILURE).await;
        }
    }

    async fn note_broken(&self) -> Result<(), StoreError> {
        if self.app.store.is_closed() {
            return Ok(());
        }
        self.app.mailboxes.stream_broke(self.scope.program(), &self.counselor, self.id).await;
        let mut tx = self.app.store.begin(&self.scope).await?;
        store::presence_broken(&mut tx, &self.scope, &self.counselor, self.id).await?;
        tx.commit().await
    }

    /// The state as the database has it.
    async fn read(&self) -> Result<Option<pb::AttendResponse>, StoreError> {
        let (store, scope) = (&self.app.store, &self.scope);
        let Some(presence) = store::presence_get(store, scope, &self.counselor).await? else { return Ok(None) };
        let held = store::held_ticket_list(store, scope, &self.counselor).await?;
        let contacts = held.iter().filter_map(|one| one.ticket.answered_contact()).collect::<Vec<_>>();
        let transfers = store::transfer_status_list(store, scope, &contacts).await?;
        let store::Presence { streams, connected, on_break, silent_count } = presence;
        let (streams, on_break) = (streams.into_iter().collect(), BreakReason::of(on_break, silent_count));
        let state = CounselorState { streams, connected, on_break, held, transfers };
        let message = attend_response(&self.counselor, &state);
        Ok(self.message(&CounselorSnapshot { message, streams: state.streams }))
    }

    /// The message to send, without its cursor. None when the counselor does not have this stream any more: the
    /// presence has ended, or this replica was silent for too long.
    fn message(&self, snapshot: &CounselorSnapshot) -> Option<pb::AttendResponse> {
        snapshot.streams.contains(&self.id).then(|| snapshot.message.clone())
    }
}
