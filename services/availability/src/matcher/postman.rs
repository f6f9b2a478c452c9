//! What this replica asks of matchers elsewhere: posts that go out together, and answers that are fetched together.
//!
//! One task for each program that is asked about. Whatever is to be posted while a statement runs goes into the next one,
//! and one look fetches every answer that has come: a post costs a share of a statement, as a command costs a share of a
//! round.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::{AnswerBook, OnceKey, Store, StoreError};
use harborline_types::ProgramId;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::ask::Unanswered;
use crate::app::App;
use crate::domain::matcher::Refused;
use crate::store::{self, Post};

/// So often outcomes are looked for that no hint has told of.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Posts in one statement.
const MOST: usize = 256;

/// A call to post, and whom to answer.
struct Posting {
    post: Post,
    request_hash: Vec<u8>,
    reply: oneshot::Sender<Result<Vec<u8>, Unanswered>>,
}

/// The ways to the tasks that post.
#[derive(Default)]
pub(crate) struct Postmen {
    open: Mutex<HashMap<ProgramId, mpsc::UnboundedSender<Posting>>>,
}

impl Postmen {
    /// Posts a call, and waits for what becomes of it. Who gives up waiting leaves the post: it will be done.
    pub(super) async fn post(
        &self,
        app: &App,
        scope: &ProgramScope,
        post: Post,
        request_hash: Vec<u8>,
    ) -> Result<Vec<u8>, Unanswered> {
        let (reply, outcome) = oneshot::channel();
        self.to(app, scope).await?.send(Posting { post, request_hash, reply }).map_err(|_| gone())?;
        outcome.await.map_err(|_| gone())?
    }

    async fn to(&self, app: &App, scope: &ProgramScope) -> Result<mpsc::UnboundedSender<Posting>, StoreError> {
        let book = app.store.answers(scope).await?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = open.get(&scope.program()).filter(|sender| !sender.is_closed()) {
            return Ok(sender.clone());
        }
        let (sender, postings) = mpsc::unbounded_channel();
        let postman =
            Postman { store: app.store.clone(), scope: *scope, replica: app.replica, book, waiting: HashMap::new() };
        let shutdown = app.shutdown.clone();
        tokio::spawn(async move { shutdown.run_until_cancelled(postman.run(postings)).await });
        open.insert(scope.program(), sender.clone());
        Ok(sender)
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("this replica is stopping".to_owned())
}

/// The posts of one program.
struct Postman {
    store: Store,
    scope: ProgramScope,
    replica: Uuid,
    book: AnswerBook,
    waiting: HashMap<Uuid, Vec<Posting>>,
}

impl Postman {
    async fn run(mut self, mut postings: mpsc::UnboundedReceiver<Posting>) {
        // First the watch, then the first post: no outcome falls between.
        let mut outcomes = self.store.watch_below(store::outcomes_watch(self.replica, self.scope.program()));
        let mut fresh = Vec::new();
        // Not a pause that begins anew with each post: a busy postman looks again as well.
        let mut again = tokio::time::interval(LOOK_AGAIN);
        again.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                received = postings.recv_many(&mut fresh, MOST) => {
                    if received == 0 {
                        return;
                    }
                    self.send(std::mem::take(&mut fresh)).await;
                }
                hint = outcomes.changed() => self.hear(hint.as_deref()).await,
                _ = again.tick(), if !self.waiting.is_empty() => self.look_again().await,
            }
        }
    }

    async fn send(&mut self, fresh: Vec<Posting>) {
        let posts: Vec<Post> = fresh.iter().map(|posting| posting.post.clone()).collect();
        let ids: Vec<Uuid> = posts.iter().map(|post| post.post_id).collect();
        for posting in fresh {
            self.waiting.entry(posting.post.post_id).or_default().push(posting);
        }
        match store::post_add(&self.store, &self.scope, self.replica, &posts).await {
            // What was answered before is not posted again, and no hint will come.
            Ok(posted) if posted.len() == ids.len() => {}
            Ok(posted) => self.fetch(ids.into_iter().filter(|id| !posted.contains(id)).collect()).await,
            Err(error) => self.fail(&ids, &error),
        }
    }

    /// A hint says that answers are there, or that one call is refused, or that hints were missed.
    async fn hear(&mut self, hint: Option<&str>) {
        match hint.and_then(|hint| hint.split_once('/')) {
            Some((post, refused)) => {
                let (post, refused) = (post.parse::<Uuid>(), refused.parse::<Refused>());
                if let (Ok(post), Ok(refused)) = (post, refused) {
                    let refuse = |posting: Posting| posting.reply.send(Err(Unanswered::Refused(refused)));
                    self.waiting.remove(&post).into_iter().flatten().for_each(|posting| drop(refuse(posting)));
                }
            }
            None => self.fetch(self.waiting.keys().copied().collect()).await,
        }
    }

    /// A hint may be lost, and so may the refusal that it told: what is not answered is asked for again.
    async fn look_again(&mut self) {
        let again: Vec<Post> = self.waiting.values().filter_map(|all| Some(all.first()?.post.clone())).collect();
        self.fetch(again.iter().map(|post| post.post_id).collect()).await;
        let unanswered: Vec<Post> = again.into_iter().filter(|post| self.waiting.contains_key(&post.post_id)).collect();
        if let Err(error) = store::post_add(&self.store, &self.scope, self.replica, &unanswered).await {
            tracing::debug!(%error, "what was asked of a matcher is posted again later");
        }
    }

    /// Answers those of these whose answer is there.
    async fn fetch(&mut self, ids: Vec<Uuid>) {
        let keys: HashMap<OnceKey, Uuid> =
            ids.iter().filter_map(|id| Some((self.waiting.get(id)?.first()?.post.key(), *id))).collect();
        if keys.is_empty() {
            return;
        }
        let wanted: Vec<OnceKey> = keys.keys().cloned().collect();
        let answered = match store::answers_get(&self.store, &self.scope, &self.book, &wanted).await {
            Ok(answered) => answered,
            Err(error) => return self.fail(&ids, &error),
        };
        for one in answered {
            for posting in keys.get(&one.key).and_then(|id| self.waiting.remove(id)).into_iter().flatten() {
                let same = one.request_hash == posting.request_hash;
                let answer = if same { Ok(one.answer.clone()) } else { Err(StoreError::RequestIdReused.into()) };
                let _ = posting.reply.send(answer);
            }
        }
    }

    /// Nobody knows what became of these: their callers ask again.
    fn fail(&mut self, ids: &[Uuid], error: &StoreError) {
        for posting in ids.iter().filter_map(|id| self.waiting.remove(id)).flatten() {
            let _ = posting.reply.send(Err(StoreError::Unavailable(error.to_string()).into()));
        }
    }
}
