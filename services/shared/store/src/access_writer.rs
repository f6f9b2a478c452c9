//! Puts reads and refusals on record, many in one commit.
//!
//! While one statement is on its way to the disk, what arrives waits and goes with the next: a group commit without a
//! timer. A quiet service writes one row at a time and waits for nobody; a busy one shares each commit among all reads
//! that wait for it.

use harborline_identity::{AccessLog, Call, ProgramScope, Recorded};
use harborline_status::ServiceError;
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};

use crate::access::{self, AccessRecord};
use crate::{Store, StoreError};

/// The most rows of one statement.
const MOST: usize = 256;

/// Puts reads and refusals on record. Cheap to clone; ends when the last clone is gone.
#[derive(Clone)]
pub struct AccessWriter {
    sender: mpsc::Sender<Waiting>,
}

/// A record, and who waits for it to be durable.
struct Waiting {
    record: AccessRecord,
    written: oneshot::Sender<Result<(), StoreError>>,
}

impl AccessWriter {
    /// Begins to write, in a task of the current runtime.
    ///
    /// # Panics
    /// When there is no runtime.
    pub fn start(store: &Store) -> Self {
        let (sender, receiver) = mpsc::channel(MOST);
        tokio::spawn(write_all(store.across_programs().clone(), receiver));
        Self { sender }
    }

    fn put(&self, call: &Call, of: fn(&Call, &ProgramScope) -> Option<AccessRecord>) -> Recorded {
        // A call without a program has touched no program's rows.
        let record = call.scope().ok().and_then(|scope| of(call, &scope));
        let (sender, call) = (self.sender.clone(), call.clone());
        Box::pin(async move {
            let Some(record) = record else { return Ok(()) };
            let (written, waiting) = oneshot::channel();
            // Whatever it is, the answer is held back only for now.
            let unwritten = |why| ServiceError::unavailable("the record of accesses cannot be written", why);
            let gone = || StoreError::Unavailable("the writer has ended".to_owned());
            sender.send(Waiting { record, written }).await.map_err(|_| unwritten(gone()))?;
            waiting.await.unwrap_or_else(|_| Err(gone())).map_err(unwritten)?;
            harborline_telemetry::database_message();
            call.put_on_record();
            Ok(())
        })
    }
}

impl AccessLog for AccessWriter {
    fn answered(&self, call: &Call) -> Recorded {
        self.put(call, AccessRecord::of)
    }

    fn refused(&self, call: &Call) -> Recorded {
        self.put(call, AccessRecord::of_refused)
    }
}

/// Writes what arrives until nobody can send any more.
async fn write_all(pool: PgPool, mut receiver: mpsc::Receiver<Waiting>) {
    let mut arrived = Vec::with_capacity(MOST);
    while receiver.recv_many(&mut arrived, MOST).await > 0 {
        let (records, waiting): (Vec<_>, Vec<_>) = arrived.drain(..).map(|one| (one.record, one.written)).unzip();
        for (written, outcome) in waiting.into_iter().zip(write(&pool, &records).await) {
            // Who left meanwhile has looked all the same: the row stays.
            let _ = written.send(outcome);
        }
    }
}

/// Writes records together; when that is refused for what one of them holds, each alone.
async fn write(pool: &PgPool, records: &[AccessRecord]) -> Vec<Result<(), StoreError>> {
    match access::insert(pool, records).await {
        Ok(()) => records.iter().map(|_| Ok(())).collect(),
        Err(StoreError::Unavailable(why)) => {
            records.iter().map(|_| Err(StoreError::Unavailable(why.clone()))).collect()
        }
        Err(error) if records.len() == 1 => vec![Err(error)],
        Err(_) => {
            let mut outcomes = Vec::with_capacity(records.len());
            for record in records {
                outcomes.push(access::insert(pool, std::slice::from_ref(record)).await);
            }
            outcomes
        }
    }
}
