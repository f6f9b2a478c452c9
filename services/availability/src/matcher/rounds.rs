//! Rounds over a pool in memory.

use std::collections::HashSet;
use std::time::Duration;

use harborline_identity::{ProgramScope, Subject};
use harborline_store::{ActsOnRecord, AnswerBook, Answered, Bound, StoreError};
use harborline_types::Timestamp;
use tokio::time::Instant;

use super::answered::Recent;
use super::clock::DatabaseClock;
use super::looks::Looks;
use super::mailbox::{Ask, Outcome, Reply};
use super::repeated::Replays;
use crate::app::App;
use crate::domain::matcher::{Answer, Command, Past, Pool, Round};
use crate::domain::{Change, TicketEventKind};
use crate::store::{self, Entry, Held, PostOutcome};
use crate::wallboards::ChangeNotifier;
use crate::wire::command;

/// What a matcher has in hand: its pool, and the connection that writes it.
pub(super) struct Memory {
    bound: Bound,
    pub(super) pool: Pool,
    clock: DatabaseClock,
    /// Whether it was just read: what was decided before may never have been shown.
    pub(super) is_fresh: bool,
    change_notifier: ChangeNotifier,
}

/// The matcher of one pool.
pub(super) struct Matcher<'a> {
    pub(super) app: &'a App,
    pub(super) scope: &'a ProgramScope,
    pub(super) held: Held,
    /// None before the pool was read, and after a failure.
    memory: Option<Memory>,
    pub(super) recent: Recent,
    /// Numbers the rounds: what is shown of one is newer than what was shown of those before.
    pub(super) number: u64,
    /// Where answers are kept; none until the program's keys were to be had: matching does not need them.
    pub(super) book: Option<AnswerBook>,
    pub(super) looks: Looks,
}

/// What a round means for the matcher.
pub(super) enum After {
    /// The pool has no work.
    Idle,
    /// The lease is lost.
    Lost,
    /// Nothing runs out before this much real time has passed; none: nothing runs out at all.
    Wait(Option<Duration>),
}

impl<'a> Matcher<'a> {
    pub(super) fn new(app: &'a App, scope: &'a ProgramScope, held: Held) -> Self {
        let looks = Looks { posts: true, ..Looks::default() };
        Self { app, scope, held, memory: None, recent: Recent::default(), number: 0, book: None, looks }
    }

    /// Renews the lease, and hears which replicas are there. False when it is lost.
    pub(super) async fn renew(&mut self) -> Result<bool, StoreError> {
        let length = self.app.dispatch.matcher_lease();
        let Some(memory) = &mut self.memory else {
            let mut bound = self.app.store.bind(self.scope).await?;
            return Ok(store::lease_renew(&mut bound, self.scope, self.held, length).await?.is_some());
        };
        let renewed = store::lease_renew(&mut memory.bound, self.scope, self.held, length).await;
        if renewed.is_err() {
            self.memory = None;
        }
        let at = renewed?;
        if let (Some(memory), Some(at)) = (&mut self.memory, at) {
            memory.clock.learn(at);
            self.looks.replicas = true;
        }
        Ok(at.is_some())
    }

    /// Does what was asked, and whatever is due.
    pub(super) async fn round(&mut self, mut asks: Vec<Ask>) -> Result<After, StoreError> {
        let mut careful = false;
        loop {
            let done = self.try_round(&mut asks, careful).await;
            match done {
                Ok(after) => return Ok(after),
                // Somebody repeats what was done before our time, or has come back after all; another matcher was here; or
                // the connection was of yesterday. Read again, look what was answered, and do it once more.
                Err(error) if !careful => {
                    tracing::debug!(%error, harborline.pool.id = %self.scope.program(), "a round is done again");
                    self.memory = None;
                    careful = true;
                }
                Err(error) => {
                    self.memory = None;
                    self.looks.posts = true;
                    asks.into_iter().for_each(|ask| ask.reply.send(Outcome::Failed));
                    return Err(error);
                }
            }
        }
    }

    async fn try_round(&mut self, asks: &mut Vec<Ask>, careful: bool) -> Result<After, StoreError> {
        self.number += 1;
        let today = self.app.clock.now();
        let mut memory = self.remember(today).await?;
        self.take_posts(&mut memory, asks).await?;
        let mut replays = self.take_repeated(&mut memory.bound, asks, careful).await?;
        let commands: Vec<Command> = asks.iter().map(|ask| ask.command.clone()).collect();
        self.looks.counselors.extend(memory.pool.strangers(&commands));
        let (seats, now) = ((&mut memory.pool, self.held), memory.clock.now());
        self.looks.look(&mut memory.bound, self.scope, &self.app.dispatch, seats, (now, today)).await?;
        let past = past(&mut memory, self.scope, &commands, careful).await?;

        let mut round = memory.pool.round(&commands, &past, memory.clock.now(), today);
        replays.extend(self.take_refused(&mut memory.bound, asks, &mut round).await?);
        let (next, idle) = (round.next, memory.pool.is_idle());
        if !self.write(&mut memory, &round, asks, replays, today).await? {
            std::mem::take(asks).into_iter().for_each(|ask| ask.reply.send(Outcome::Moved));
            return Ok(After::Lost);
        }
        let wait = next.map(|next| memory.clock.until(next));
        self.memory = Some(memory);
        Ok(if idle { After::Idle } else { After::Wait(wait) })
    }

    /// Takes what other replicas ask. Without the program's keys nothing can be answered; matching goes on.
    async fn take_posts(&mut self, memory: &mut Memory, asks: &mut Vec<Ask>) -> Result<(), StoreError> {
        let mut posts = std::mem::take(&mut self.looks.asked);
        if self.book.is_none() && (self.looks.posts || !posts.is_empty() || !asks.is_empty()) {
            match self.app.store.answers(self.scope).await {
                Ok(book) => self.book = Some(book),
                Err(error) => {
                    tracing::warn!(%error, harborline.pool.id = %self.scope.program(), "a pool's answers cannot be sealed");
                    asks.drain(..).for_each(|ask| ask.reply.send(Outcome::Failed));
                }
            }
        }
        let Some(book) = &self.book else { return Ok(()) };
        if std::mem::take(&mut self.looks.posts) {
            posts.extend(store::post_list(&mut memory.bound, self.scope).await?);
        }
        let mut known: HashSet<_> = asks.iter().filter_map(|ask| ask.reply.post()).collect();
        let fresh = posts.into_iter().filter(|post| known.insert(post.post_id));
        asks.extend(fresh.filter_map(|post| read(post, book)));
        Ok(())
    }

    /// The pool in memory, read if it is not there.
    async fn remember(&mut self, today: Timestamp) -> Result<Memory, StoreError> {
        if let Some(memory) = self.memory.take().filter(|_| !self.looks.everything) {
            return Ok(memory);
        }
        let mut bound = self.app.store.bind(self.scope).await?;
        let read = store::pool_state(&mut bound, self.scope, &self.app.dispatch, self.held, today).await?;
        let (state, now) = read;
        // What a round before wrote, or another matcher, was perhaps never said.
        self.app.wallboards.refresh_everybody(self.scope.program());
        // What is named here is in what was just read.
        let seen = std::mem::take(&mut self.looks.seen);
        let asked = std::mem::take(&mut self.looks.asked);
        self.looks = Looks { posts: true, on_call: true, seen, asked, ..Looks::default() };
        Ok(Memory {
            bound,
            pool: Pool::load(state),
            clock: DatabaseClock::new(now),
            is_fresh: true,
            change_notifier: ChangeNotifier::default(),
        })
    }

    /// Writes the round and answers. False when the lease is lost, and then nothing was written or answered.
    async fn write(
        &mut self,
        memory: &mut Memory,
        round: &Round,
        asks: &mut Vec<Ask>,
        replays: Replays,
        today: Timestamp,
    ) -> Result<bool, StoreError> {
        let concerned = round.concerned();
        let (here, mut hints) = self.to_show(memory, &concerned);
        let nothing = round.changes.is_empty() && round.ended.is_empty() && round.presences.is_empty();
        if nothing && asks.is_empty() && replays.is_empty() && hints.is_empty() {
            self.show(memory, here);
            return Ok(true);
        }
        if !nothing {
            hints.extend(memory.change_notifier.hint(self.scope.program(), self.app.replica, Instant::now()));
        }
        let (program, mut answers, mut posts) = (self.scope.program(), Vec::new(), Vec::new());
        let mut tell = |reply: &Reply, told: &PostOutcome| {
            posts.extend(reply.post());
            let posted = reply.post().zip(reply.replica());
            hints.extend(posted.map(|(post, at)| store::outcome_hint(at, program, post, told)));
        };
        replays.iter().for_each(|(reply, told)| tell(reply, told));
        for (ask, answer) in asks.iter().zip(&round.answers) {
            match answer {
                Ok(answer) => {
                    let contact = match answer {
                        Answer::Accepted(contact, ..) | Answer::Declined(contact) => Some(*contact),
                        _ => None,
                    };
                    contact
                        .zip(ask.call.as_ref())
                        .iter()
                        .for_each(|(contact, call)| call.concerns(Subject::Contact(*contact)));
                    let (key, request_hash) = (ask.key.clone(), ask.request_hash.clone());
                    let answered = Answered { key, request_hash, answer: command::encoded(answer) };
                    tell(&ask.reply, &PostOutcome::Done(answered.answer.clone(), contact));
                    answers.push(answered);
                }
                Err(refused) => tell(&ask.reply, &PostOutcome::Refused(*refused)),
            }
        }
        let done = asks.iter().zip(&round.answers).filter(|(_, answer)| answer.is_ok());
        let acts = ActsOnRecord::of(done.filter_map(|(ask, _)| ask.call.as_ref()), self.scope);
        let traces = asks.iter().zip(&round.answers).filter_map(|(ask, answer)| match answer {
            Ok(Answer::Accepted(contact, ..)) => Some((*contact, ask.traceparent.clone()?)),
            _ => None,
        });
        let traces = traces.collect();
        let entry = Entry {
            round,
            answers: &answers,
            book: self.book.as_ref(),
            acts: &acts,
            posts: &posts,
            hints,
            traces: &traces,
            accepted_at: today,
            handover: self.app.handover.get(),
        };
        let Some(written) = store::round_write(&mut memory.bound, self.scope, self.held, entry).await? else {
            return Ok(false);
        };
        memory.clock.learn(written.at);
        self.app.assigned.note(&memory.pool, round, today);
        if written.owing.hand_over(self.scope) {
            memory.bound.wake_duties();
        }
        acts.are_on_record();
        self.show(memory, here);
        self.app.wallboards.refresh(self.scope.program(), &concerned);
        round.changes.iter().for_each(page_supervisor);
        let mut answers = answers.into_iter();
        for (ask, answer) in std::mem::take(asks).into_iter().zip(&round.answers) {
            let outcome = match answer {
                Ok(_) => answers.next().map_or(Outcome::Failed, |answered| {
                    let answer = answered.answer.clone();
                    self.recent.add(answered);
                    Outcome::Done(answer)
                }),
                Err(refused) => Outcome::Refused(*refused),
            };
            ask.reply.send(outcome);
        }
        Ok(true)
    }
}

/// What commands name that is not open any more. A contact that wants a counselor is new unless proven otherwise.
async fn past(
    memory: &mut Memory,
    scope: &ProgramScope,
    commands: &[Command],
    careful: bool,
) -> Result<Past, StoreError> {
    let wanted = commands.iter().filter(|_| careful).filter_map(|command| match command {
        Command::Request(wanted) => Some(wanted.contact),
        _ => None,
    });
    let contacts = commands.iter().filter_map(Command::contact).chain(wanted);
    let contacts: Vec<_> = contacts.filter(|contact| !memory.pool.has_contact(*contact)).collect();
    let offers = commands.iter().filter_map(Command::offer);
    let offers: Vec<_> = offers.filter(|offer| !memory.pool.has_offer(*offer)).collect();
    store::past_get(&mut memory.bound, scope, &contacts, &offers).await
}

/// A post as it is asked. One that does not read was posted by a newer version, and waits for its matcher.
fn read(post: store::Post, book: &AnswerBook) -> Option<Ask> {
    let command = command::command(&post.method, post.person_id.as_ref(), &post.body)?;
    let (key, request_hash) = (post.key(), book.digest(&post.body));
    Some(Ask {
        key,
        request_hash,
        command,
        call: None,
        traceparent: None,
        reply: Reply::Posted(post.post_id, post.replica_id),
    })
}

/// Tells operations that somebody waits too long.
fn page_supervisor(change: &Change) {
    if change.events.iter().any(|event| event.kind == TicketEventKind::SupervisorPaged) {
        let (ticket, acuity) = (&change.ticket, change.ticket.acuity.level());
        tracing::warn!(harborline.ticket.id = %ticket.id, harborline.contact.id = %ticket.contact,
            harborline.acuity = acuity, "nobody has answered in time, and the supervisor on call must know");
        let meter = harborline_telemetry::metrics::meter();
        meter.u64_counter("harborline.availability.supervisor_paged").build().add(1, &[]);
    }
}
