//! Duties on their way from the statement that owes them to the worker of the same process, without a look at the
//! database: the row is there from the commit on, already leased, and whoever else looks finds it when the lease is over.
//!
//! Only duties that are [owed once](Owed::once) go this way, and only as many as the worker has room for; the others
//! wait for its next look.

use std::sync::Arc;

use harborline_identity::ProgramScope;
use harborline_types::DutyId;
use sqlx::{Postgres, QueryBuilder};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use uuid::Uuid;

use crate::Owed;
use crate::claim::Claimed;

/// A duty with the room to work on it.
pub(crate) type Handed = (Claimed, OwnedSemaphorePermit);

/// The way to a worker.
#[derive(Clone, Debug)]
pub struct Handover {
    pub(crate) holder: Uuid,
    pub(crate) lease_seconds: f64,
    pub(crate) room: Arc<Semaphore>,
    pub(crate) worker: mpsc::UnboundedSender<Handed>,
}

/// Duties that one statement owes, each another one.
#[derive(Debug, Default)]
pub struct Owing {
    duties: Vec<(DutyId, Owed, Option<String>, Option<OwnedSemaphorePermit>)>,
    to: Option<Handover>,
}

impl Owing {
    /// Duties with the traces that they belong to. Those that the worker has room for go to it.
    pub fn of(duties: impl IntoIterator<Item = (Owed, Option<String>)>, to: Option<&Handover>) -> Self {
        let room = |owed: &Owed| to.filter(|_| owed.is_once).and_then(|to| to.room.clone().try_acquire_owned().ok());
        let with_room = |(owed, trace)| {
            let room = room(&owed);
            (DutyId::new(), owed, trace, room)
        };
        Self { duties: duties.into_iter().map(with_room).collect(), to: to.cloned() }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.duties.is_empty()
    }

    /// Writes the part of a statement that owes them; `from` is what it depends on.
    pub fn part(&self, query: &mut QueryBuilder<Postgres>, scope: &ProgramScope, from: &str) {
        let duties = &self.duties;
        let to = self.to.as_ref();
        let attempt = |room: &Option<OwnedSemaphorePermit>| i32::from(room.is_some());
        query
            .push("insert into duty (program_id, duty_id, kind, subject, due_at, traceparent, attempt, lease_holder, ");
        query.push("lease_until) select ").push_bind(scope.program());
        query.push(", duty_id, kind, subject, coalesce(due_at, '-infinity'), traceparent, attempt, ");
        query.push("case when attempt > 0 then ").push_bind(to.map(|to| to.holder)).push("::uuid end, ");
        query.push("case when attempt > 0 then now() + make_interval(secs => ");
        query.push_bind(to.map_or(0.0, |to| to.lease_seconds)).push(") end from ").push(from).push(", unnest(");
        query.push_bind(duties.iter().map(|(id, ..)| *id).collect::<Vec<_>>()).push("::uuid[], ");
        query.push_bind(duties.iter().map(|(_, duty, ..)| duty.kind.to_owned()).collect::<Vec<_>>()).push("::text[], ");
        query.push_bind(duties.iter().map(|(_, duty, ..)| duty.subject.clone()).collect::<Vec<_>>());
        query.push("::text[], ").push_bind(duties.iter().map(|(_, duty, ..)| duty.due_at).collect::<Vec<_>>());
        query.push("::timestamptz[], ");
        query.push_bind(duties.iter().map(|(_, _, trace, _)| trace.clone()).collect::<Vec<_>>()).push("::text[], ");
        query.push_bind(duties.iter().map(|(.., room)| attempt(room)).collect::<Vec<_>>());
        query.push("::int4[]) as new (duty_id, kind, subject, due_at, traceparent, attempt) ").push(crate::owe::AGAIN);
    }

    /// Hands over what there is room for, once the statement has committed. True when something waits for the worker's
    /// next look: it must be woken.
    pub fn hand_over(self, scope: &ProgramScope) -> bool {
        let mut waits = false;
        for (duty_id, owed, traceparent, room) in self.duties {
            let (Some(room), Some(to)) = (room, &self.to) else {
                waits = true;
                continue;
            };
            let Owed { kind, subject, due_at, .. } = owed;
            let (program_id, kind) = (scope.program(), kind.to_owned());
            let duty = Claimed { program_id, duty_id, kind, subject, due_at, attempt: 1, generation: 0, traceparent };
            // A worker that has ended leaves it to who finds it when the lease is over.
            let _ = to.worker.send((duty, room));
        }
        waits
    }
}
