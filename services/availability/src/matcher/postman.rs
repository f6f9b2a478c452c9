//! What this replica asks of matchers elsewhere, and what they answer.
//!
//! One task for each program that is asked about. Whatever is to be asked while a statement runs goes into the next one:
//! a post costs a share of a statement, as a command costs a share of a round. Who is known to decide is asked by hints
//! that carry the calls, and hints carry the answers back; nothing is written but the round itself. A call that is not
//! answered soon is posted as a row, and what became of it is looked for: a hint that is lost costs a moment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::{AnswerBook, OnceKey, Store, StoreError};
use harborline_types::{ContactId, ProgramId};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::ask::Unanswered;
use super::leaders::Leaders;
use crate::app::App;
use crate::store::{self, Post, PostOutcome};

/// So often outcomes are looked for that no hint has told of.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Posts in one statement.
const MOST: usize = 256;

/// A call to post, and whom to answer.
struct Posting {
    post: Post,
    request_hash: Vec<u8>,
    reply: oneshot::Sender<Result<Done, Unanswered>>,
}

/// A call that was answered: the encoded answer, and the contact that it is about, where that is known.
pub(super) struct Done {
    pub(super) answer: Vec<u8>,
    pub(super) contact: Option<ContactId>,
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
    ) -> Result<Done, Unanswered> {
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
        let postman = Postman {
            store: app.store.clone(),
            leaders: app.leaders.clone(),
            scope: *scope,
            replica: app.replica,
            book,
            waiting: HashMap::new(),
        };
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
    leaders: Leaders,
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

    /// Asks who is known to decide, and posts what cannot be asked so.
    async fn send(&mut self, fresh: Vec<Posting>) {
        let program = self.scope.program();
        let leader = self.leaders.of(program);
        let (mut asks, mut asked, mut posts) = (Vec::new(), Vec::new(), Vec::new());
        for posting in fresh {
            let post = &posting.post;
            match leader.and_then(|leader| store::ask_hint(leader, program, self.replica, post)) {
                Some(ask) => {
                    asks.push(ask);
                    asked.push(post.post_id);
                }
                None => posts.push(post.clone()),
            }
            self.waiting.entry(post.post_id).or_default().push(posting);
        }
        if !asks.is_empty()
            && let Err(error) = self.store.send(asks).await
        {
            self.fail(&asked, &error);
        }
        self.post(posts).await;
    }

    async fn post(&mut self, posts: Vec<Post>) {
        match store::post_add(&self.store, &self.scope, self.replica, &posts).await {
            // What was answered before is not posted again, and no hint will come.
            Ok(posted) => {
                let answered = posts.iter().map(|post| post.post_id).filter(|id| !posted.contains(id));
                self.fetch(answered.collect()).await;
            }
            Err(error) => self.fail(&posts.iter().map(|post| post.post_id).collect::<Vec<_>>(), &error),
        }
    }

    /// A hint says what became of a call, or that hints were missed.
    async fn hear(&mut self, hint: Option<&str>) {
        match hint.and_then(PostOutcome::read) {
            Some((post, PostOutcome::Done(answer, contact))) => {
                let done = |posting: Posting| posting.reply.send(Ok(Done { answer: answer.clone(), contact }));
                self.waiting.remove(&post).into_iter().flatten().for_each(|posting| drop(done(posting)));
            }
            Some((post, PostOutcome::Refused(refused))) => {
                let refuse = |posting: Posting| posting.reply.send(Err(Unanswered::Refused(refused)));
                self.waiting.remove(&post).into_iter().flatten().for_each(|posting| drop(refuse(posting)));
            }
            Some((post, PostOutcome::Stored)) => self.fetch(vec![post]).await,
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
                let done = || Done { answer: one.answer.clone(), contact: None };
                let answer = if same { Ok(done()) } else { Err(StoreError::RequestIdReused.into()) };
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
