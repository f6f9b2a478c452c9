//! Duties on their way from the statement that owes them to the worker of the same process, without a look at the
//! database: the row is there from the commit on, already leased, and another replica finds it when the lease is over.
//!
//! Only duties that are [owed once](Owed::once) go this way, and only as many as may stand in the worker's line; the
//! others wait for a look, which costs the database several statements each. What has stood in line for too much of
//! its lease is left to who looks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harborline_identity::ProgramScope;
use harborline_types::DutyId;
use sqlx::{Postgres, QueryBuilder};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use uuid::Uuid;

use crate::claim::Claimed;
use harborline_store::{OWED_AGAIN, Owed};

/// How many may stand in line: more than a round of a surge owes.
const LINE: usize = 512;

/// The part of a lease within which a run begins; the rest is for the run.
pub(crate) const BEGINS_WITHIN: f64 = 0.2;

/// A duty with its place in the line, and until when it may begin.
pub(crate) type Handed = (Claimed, OwnedSemaphorePermit, Instant);

/// The way to a worker.
#[derive(Clone, Debug)]
pub struct Handover {
    pub(crate) holder: Uuid,
    pub(crate) lease: Duration,
    line: Arc<Semaphore>,
    worker: mpsc::UnboundedSender<Handed>,
}

impl Handover {
    /// A way, and its end.
    pub(crate) fn new(lease: Duration) -> (Self, mpsc::UnboundedReceiver<Handed>) {
        let (worker, handed) = mpsc::unbounded_channel();
        (Self { holder: Uuid::new_v4(), lease, line: Arc::new(Semaphore::new(LINE)), worker }, handed)
    }
}

/// Duties that one statement owes, each another one.
#[derive(Debug, Default)]
pub struct Owing {
    duties: Vec<(DutyId, Owed, Option<String>, Option<OwnedSemaphorePermit>)>,
    to: Option<(Handover, Instant)>,
}

impl Owing {
    /// Duties with the traces that they belong to. Those that find a place in the worker's line go to it.
    pub fn of(duties: impl IntoIterator<Item = (Owed, Option<String>)>, to: Option<&Handover>) -> Self {
        let place = |owed: &Owed| to.filter(|_| owed.is_once).and_then(|to| to.line.clone().try_acquire_owned().ok());
        let with_place = |(owed, trace)| {
            let place = place(&owed);
            (DutyId::new(), owed, trace, place)
        };
        // Counted from before the row is leased.
        let to = to.map(|to| (to.clone(), Instant::now() + to.lease.mul_f64(BEGINS_WITHIN)));
        Self { duties: duties.into_iter().map(with_place).collect(), to }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.duties.is_empty()
    }

    /// Writes the part of a statement that owes them; `from` is what it depends on.
    pub fn part(&self, query: &mut QueryBuilder<Postgres>, scope: &ProgramScope, from: &str) {
        let duties = &self.duties;
        let to = self.to.as_ref().map(|(to, _)| to);
        let attempt = |place: &Option<OwnedSemaphorePermit>| i32::from(place.is_some());
        query
            .push("insert into duty (program_id, duty_id, kind, subject, due_at, traceparent, attempt, lease_holder, ");
        query.push("lease_until) select ").push_bind(scope.program());
        query.push(", duty_id, kind, subject, coalesce(due_at, '-infinity'), traceparent, attempt, ");
        query.push("case when attempt > 0 then ").push_bind(to.map(|to| to.holder)).push("::uuid end, ");
        query.push("case when attempt > 0 then now() + make_interval(secs => ");
        query.push_bind(to.map_or(0.0, |to| to.lease.as_secs_f64())).push(") end from ").push(from).push(", unnest(");
        query.push_bind(duties.iter().map(|(id, ..)| *id).collect::<Vec<_>>()).push("::uuid[], ");
        query.push_bind(duties.iter().map(|(_, duty, ..)| duty.kind.to_owned()).collect::<Vec<_>>()).push("::text[], ");
        query.push_bind(duties.iter().map(|(_, duty, ..)| duty.subject.clone()).collect::<Vec<_>>());
        query.push("::text[], ").push_bind(duties.iter().map(|(_, duty, ..)| duty.due_at).collect::<Vec<_>>());
        query.push("::timestamptz[], ");
        query.push_bind(duties.iter().map(|(_, _, trace, _)| trace.clone()).collect::<Vec<_>>()).push("::text[], ");
        query.push_bind(duties.iter().map(|(.., place)| attempt(place)).collect::<Vec<_>>());
        query.push("::int4[]) as new (duty_id, kind, subject, due_at, traceparent, attempt) ").push(OWED_AGAIN);
    }

    /// Hands over what has a place in the line, once the statement has committed. True when something waits for the worker's
    /// next look: it must be woken.
    pub fn hand_over(self, scope: &ProgramScope) -> bool {
        let mut waits = false;
        for (duty_id, owed, traceparent, place) in self.duties {
            let (Some(place), Some((to, begins_until))) = (place, &self.to) else {
                waits = true;
                continue;
            };
            let Owed { kind, subject, due_at, .. } = owed;
            let (program_id, kind) = (scope.program(), kind.to_owned());
            let duty = Claimed { program_id, duty_id, kind, subject, due_at, attempt: 1, generation: 0, traceparent };
            // A worker that has ended leaves it to who finds it when the lease is over.
            let _ = to.worker.send((duty, place, *begins_until));
        }
        waits
    }
}
