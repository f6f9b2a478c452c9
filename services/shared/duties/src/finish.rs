//! Deletes finished duties in batches of up to 256 or 10 ms, off the handlers' path: fewer commits for the same work.

use std::time::Duration;

use harborline_store::{Store, StoreError};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::claim::{self, Claimed};

/// Rows in one statement.
const MOST: usize = 256;
/// What ends within so long of the first goes with it.
const TOGETHER: Duration = Duration::from_millis(10);

/// Deletes what arrives until the last sender is dropped.
pub(crate) async fn run(store: Store, holder: Uuid, mut ended: mpsc::UnboundedReceiver<Claimed>) {
    let mut duties = Vec::new();
    while let Some(first) = ended.recv().await {
        duties.push(first);
        let gather = async { while duties.len() < MOST && ended.recv_many(&mut duties, MOST).await > 0 {} };
        let _ = tokio::time::timeout(TOGETHER, gather).await;
        match claim::finish(&store, holder, &duties).await {
            Ok(locked) => {
                for duty in duties.iter().filter(|duty| locked.contains(&duty.duty_id)) {
                    note(claim::finish(&store, holder, std::slice::from_ref(duty)).await.err(), 1);
                }
            }
            Err(error) => note(Some(error), duties.len()),
        }
        duties.clear();
    }
}

/// Their leases run out and they are run again: they may be.
fn note(failed: Option<StoreError>, duties: usize) {
    if let Some(error) = failed {
        tracing::warn!(%error, duties, "cannot record that duties are done; they will run again");
    }
}
