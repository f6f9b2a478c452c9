//! What this service owes, one file per kind.

mod accept_by;
mod accepted;
mod claim_by;
mod ended;

use std::sync::Arc;

use harborline_duties::{Owed, Worker, owe, settle};
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};

use crate::app::App;
use crate::domain::{Event, EventKind, Referral};

/// Adds this service's duties to a worker.
#[must_use]
pub fn register(worker: Worker, app: &Arc<App>) -> Worker {
    let (offers, claims, acceptances, ends) = (app.clone(), app.clone(), app.clone(), app.clone());
    worker
        .on(claim_by::KIND, move |run| claim_by::run(offers.clone(), run))
        .on(accept_by::KIND, move |run| accept_by::run(claims.clone(), run))
        .on(accepted::KIND, move |run| accepted::run(acceptances.clone(), run))
        .on(ended::KIND, move |run| ended::run(ends.clone(), run))
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
        clocks(tx, scope, referral, event).await?;
        if event.kind == EventKind::Accepted {
            owe(tx, scope, Owed::now(accepted::KIND, referral.id)).await?;
        }
        if event.kind.is_end() {
            owe(tx, scope, Owed::now(ended::KIND, referral.id)).await?;
        }
    }
    Ok(())
}

/// The clocks of an offer: it must be claimed, and a claim must be accepted.
async fn clocks(tx: &mut Tx, scope: &ProgramScope, referral: &Referral, event: &Event) -> Result<(), StoreError> {
    let Some(offer) = event.facility.and_then(|facility| referral.offer(facility)) else { return Ok(()) };
    let subject = || claim_by::Subject { referral: referral.id, facility: offer.facility };
    match event.kind {
        EventKind::Offered => owe(tx, scope, Owed::at(claim_by::KIND, subject(), offer.claim_by)).await,
        EventKind::Claimed => {
            settle(tx, scope, claim_by::KIND, subject()).await?;
            match offer.accept_by {
                Some(accept_by) => owe(tx, scope, Owed::at(accept_by::KIND, subject(), accept_by)).await,
                None => Ok(()),
            }
        }
        EventKind::Accepted | EventKind::OnHold | EventKind::Declined | EventKind::Cancelled => {
            settle(tx, scope, claim_by::KIND, subject()).await?;
            settle(tx, scope, accept_by::KIND, subject()).await
        }
        EventKind::Unplaced | EventKind::Completed | EventKind::ConsentRevoked => Ok(()),
    }
}
