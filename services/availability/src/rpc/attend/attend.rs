//! An open stream is the presence; a person may have several, one for each device, and all show the same.
//!
//! A task of its own reads the counselor's state and sends it after each change; the matcher shows it what changed,
//! wherever it is ([`crate::desks`]); what changes otherwise, a hint makes it read. When the client goes away, the stream
//! reaches its age, or the service drains, the stream is dropped; the task notices and notes that it broke, again and
//! again until that is on record. A replica that dies cannot: its beat stops, and the matcher counts that instead.

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
use uuid::Uuid;

use crate::app::App;
use crate::desks::{DeskWatch, Desks, Shown};
use crate::domain::{BreakReason, Desk};
use crate::error::AvailabilityError;
use crate::rpc::answering;
use crate::store;
use crate::wire::desk::on_desk;

/// Pause after the database did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(250);

/// After this time without a hint a stream looks again: there may be thousands of them, and hints are lost only with the
/// connection that brings them, whose return wakes everybody.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

type Sender = mpsc::Sender<Result<pb::AttendResponse, Status>>;

pub(super) type Answers = BoxStream<'static, Result<pb::AttendResponse, Status>>;

pub(super) async fn handle(app: &Arc<App>, request: Request<pb::AttendRequest>) -> Result<Answers, AvailabilityError> {
    let (call, request) = split(request)?;
    let scope = call.scope()?;
    let counselor = answering::counselor(app, &call, &scope).await?;
    let cursors = PageTokens::of(scope.program(), "Attend", &counselor.to_string());
    let sent = cursors.position(&request.cursor)?.unwrap_or_default();

    let watch = app.store.watch(store::counselor_hint(scope.program(), &counselor));
    let desk = Desks::watch(app, scope.program(), &counselor);
    let session = Session { app: app.clone(), scope, counselor, id: Uuid::new_v4(), cursors, sent };
    let (sender, receiver) = mpsc::channel(1);
    // A task of its own from the first row on: a client that gives up here leaves no presence without a stream.
    let begun = tokio::spawn(session.open(watch, desk, sender)).await;
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
    /// Numbers what was sent; the cursor.
    sent: u64,
}

impl Session {
    /// Begins the presence and leaves a task that serves it.
    async fn open(self, watch: Watch, desk: DeskWatch, sender: Sender) -> Result<(), AvailabilityError> {
        let begun = self.begin().await;
        if begun.is_ok() {
            tokio::spawn(self.run(watch, desk, sender));
        } else {
            // Perhaps it is on record nevertheless.
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

    /// Sends the state after each change until the client is gone, or this session counts no more.
    async fn run(mut self, mut watch: Watch, mut desk: DeskWatch, sender: Sender) {
        let mut shown: Option<pb::AttendResponse> = None;
        let mut told: Option<Arc<Shown>> = None;
        loop {
            // A matcher may not have heard of this stream yet.
            let state = match told.take().filter(|told| told.streams.contains(&self.id)) {
                Some(told) => Ok(self.counts(&told)),
                None => self.look().await,
            };
            match state {
                Ok(None) => return,
                Ok(Some(state)) if shown.as_ref() == Some(&state) => {}
                Ok(Some(state)) => {
                    self.sent = self.sent.wrapping_add(1);
                    let numbered = pb::AttendResponse { cursor: self.cursors.write(self.sent), ..state.clone() };
                    if sender.send(Ok(numbered)).await.is_err() {
                        break;
                    }
                    shown = Some(state);
                }
                Err(error) => {
                    let _ = sender.send(Err(ServiceError::from(error).into())).await;
                    break;
                }
            }
            tokio::select! {
                () = sender.closed() => break,
                newest = desk.next() => told = newest,
                _ = watch.changed_within(LOOK_AGAIN) => desk.forget(),
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

    /// What the counselor has now, as the database has it.
    async fn look(&self) -> Result<Option<pb::AttendResponse>, StoreError> {
        let (store, scope) = (&self.app.store, &self.scope);
        let Some(presence) = store::presence_get(store, scope, &self.counselor).await? else { return Ok(None) };
        let at_hand = store::at_hand_list(store, scope, &self.counselor).await?;
        let contacts = at_hand.iter().filter_map(|one| one.ticket.answered_contact()).collect::<Vec<_>>();
        let asked_in = store::asked_in_list(store, scope, &contacts).await?;
        let store::Presence { streams, connected, on_break, silent_count } = presence;
        let (streams, on_break) = (streams.into_iter().collect(), BreakReason::of(on_break, silent_count));
        let desk = Desk { streams, connected, on_break, at_hand, asked_in };
        let shown = Shown { message: on_desk(&self.counselor, &desk), streams: desk.streams };
        Ok(self.counts(&shown))
    }

    /// What is sent of a desk, without its cursor. None when this stream counts no more: the presence has ended, or its
    /// replica was silent for too long.
    fn counts(&self, desk: &Shown) -> Option<pb::AttendResponse> {
        desk.streams.contains(&self.id).then(|| desk.message.clone())
    }
}
