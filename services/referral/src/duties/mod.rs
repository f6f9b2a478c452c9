//! What this service owes, one file per kind.

mod accepted;
mod claim_by;

use std::sync::Arc;

use harborline_duties::{Owed, Worker, owe, settle};
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};

use crate::app::App;
use crate::domain::{Event, EventKind, Referral};

/// Adds this service's duties to a worker.
#[must_use]
pub fn register(worker: Worker, app: &Arc<App>) -> Worker {
    let (claims, acceptances) = (app.clone(), app.clone());
    worker
        .on(claim_by::KIND, move |run| claim_by::run(claims.clone(), run))
        .on(accepted::KIND, move |run| accepted::run(acceptances.clone(), run))
}

/// Owes what the events ask for and takes back what they settle, in the transaction that saves them.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn follow(
    tx: &mut Tx,
    scope: &ProgramScope,
    referral: &Referral,
    events: &[Event],
) -> Result<(), StoreError> {
    for event in events {
        let Some(offer) = event.facility.and_then(|facility| referral.offer(facility)) else { continue };
        let subject = claim_by::Subject { referral: referral.id, facility: offer.facility };
        match event.kind {
            EventKind::Offered => owe(tx, scope, Owed::at(claim_by::KIND, subject, offer.claim_by)).await?,
            EventKind::Claimed | EventKind::Declined | EventKind::Cancelled => {
                settle(tx, scope, claim_by::KIND, subject).await?;
            }
            EventKind::Accepted => {
                settle(tx, scope, claim_by::KIND, subject).await?;
                owe(tx, scope, Owed::now(accepted::KIND, referral.id)).await?;
            }
            EventKind::Unplaced | EventKind::Completed | EventKind::ConsentRevoked => {}
        }
    }
    Ok(())
}
