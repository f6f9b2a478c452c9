//! Ending duties, many in one statement: whatever has ended while the last statement ran goes into the next.

use harborline_store::Store;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::claim::{self, Claimed};

/// Rows in one statement.
const MOST: usize = 256;

/// Ends what it is given until nobody can give it anything any more.
pub(crate) async fn run(store: Store, holder: Uuid, mut ended: mpsc::UnboundedReceiver<Claimed>) {
    let mut duties = Vec::new();
    while ended.recv_many(&mut duties, MOST).await > 0 {
        if let Err(error) = claim::finish(&store, holder, &duties).await {
            // Their leases run out and they are run again: they may be.
            tracing::warn!(%error, duties = duties.len(), "cannot record that duties are done; they will run again");
        }
        duties.clear();
    }
}
