//! Where commands wait for the matchers of this process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use harborline_identity::Call;
use harborline_store::OnceKey;
use harborline_types::{PersonId, ProgramId};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::domain::matcher::{Command, Refused};

/// Commands that may wait: who comes later waits to be let in.
const ROOM: usize = 4096;

/// A command, and whom to answer.
pub(crate) struct Ask {
    pub(crate) key: OnceKey,
    pub(crate) request_hash: Vec<u8>,
    pub(crate) command: Command,
    /// The call itself, for the record of who did what; none where no call is, or it is elsewhere.
    pub(crate) call: Option<Call>,
    /// The trace that it is part of.
    pub(crate) traceparent: Option<String>,
    pub(crate) reply: Reply,
}

/// What comes into a mailbox.
pub(crate) enum Letter {
    /// A command.
    Ask(Box<Ask>),
    /// This Attend stream of a counselor in this process is broken; its row is about to say so.
    Broken(PersonId, Uuid),
}

/// Whom to answer.
pub(crate) enum Reply {
    /// Somebody in this process.
    Here(oneshot::Sender<Outcome>),
    /// Who posted it, and at which replica.
    Posted(Uuid, Option<Uuid>),
}

/// What became of a command.
pub(crate) enum Outcome {
    /// Done: the encoded answer.
    Done(Vec<u8>),
    /// Refused.
    Refused(Refused),
    /// The request id was used before with another body.
    Reused,
    /// Not done: another replica decides for the pool.
    Moved,
    /// Perhaps done: the database did not answer.
    Failed,
}

/// The mailboxes of the matchers that lead in this process.
#[derive(Default)]
pub(crate) struct Mailboxes {
    open: Mutex<HashMap<ProgramId, mpsc::Sender<Letter>>>,
}

impl Mailboxes {
    /// Opens the mailbox of a pool.
    pub(super) fn open(&self, program: ProgramId) -> mpsc::Receiver<Letter> {
        let (sender, receiver) = mpsc::channel(ROOM);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(program, sender);
        receiver
    }

    /// Closes it: what is still in it goes to whoever decides next.
    pub(super) fn close(&self, program: ProgramId, mut mailbox: mpsc::Receiver<Letter>) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&program);
        mailbox.close();
        while let Ok(letter) = mailbox.try_recv() {
            if let Letter::Ask(ask) = letter {
                ask.reply.send(Outcome::Moved);
            }
        }
    }

    /// Tells a matcher in this process that a stream is broken, before its row says so: from here on nobody is asked
    /// who does not hear it. A matcher elsewhere learns it by the row's hint.
    pub(crate) async fn stream_broke(&self, program: ProgramId, counselor: &PersonId, session: Uuid) {
        if let Some(mailbox) = self.of(program) {
            let _ = mailbox.send(Letter::Broken(counselor.clone(), session)).await;
        }
    }

    /// The mailbox of a pool whose matcher is in this process.
    pub(super) fn of(&self, program: ProgramId) -> Option<mpsc::Sender<Letter>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).get(&program).cloned()
    }
}

impl Reply {
    /// Answers somebody in this process; who posted is told by a hint of the statement instead.
    pub(super) fn send(self, outcome: Outcome) {
        if let Self::Here(sender) = self {
            // Who has given up waiting finds the answer when asking again.
            let _ = sender.send(outcome);
        }
    }

    /// The post, if it was posted.
    pub(super) fn post(&self) -> Option<Uuid> {
        match self {
            Self::Posted(post, _) => Some(*post),
            Self::Here(_) => None,
        }
    }

    /// The replica that waits for the outcome of a post.
    pub(super) fn replica(&self) -> Option<Uuid> {
        match self {
            Self::Posted(_, replica) => *replica,
            Self::Here(_) => None,
        }
    }
}
