//! The duties that follow from what happened to a referral.

use harborline_duties::{Owed, cancel, owe};
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};

use crate::domain::task::{AtFacility, Task};
use crate::domain::{Event, EventKind, Referral};

/// Owes what the events ask for and takes back what they cancel, in the transaction that saves them.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_owe(
    tx: &mut Tx,
    scope: &ProgramScope,
    referral: &Referral,
    events: &[Event],
) -> Result<(), StoreError> {
    for event in events {
        clocks(tx, scope, referral, event).await?;
        if event.kind == EventKind::Accepted {
            owe(tx, scope, Owed::now(Task::Accepted, referral.id)).await?;
        }
        if event.kind.is_end() {
            owe(tx, scope, Owed::now(Task::Ended, referral.id)).await?;
        }
    }
    Ok(())
}

/// The clocks of an offer: it must be claimed, and a claim must be accepted.
async fn clocks(tx: &mut Tx, scope: &ProgramScope, referral: &Referral, event: &Event) -> Result<(), StoreError> {
    let Some(offer) = event.facility.and_then(|facility| referral.offer(facility)) else { return Ok(()) };
    let subject = || AtFacility { referral: referral.id, facility: offer.facility };
    match event.kind {
        EventKind::Offered => owe(tx, scope, Owed::at(Task::ClaimBy, subject(), offer.claim_by)).await,
        EventKind::Claimed => {
            cancel(tx, scope, Task::ClaimBy, subject()).await?;
            match offer.accept_by {
                Some(accept_by) => owe(tx, scope, Owed::at(Task::AcceptBy, subject(), accept_by)).await,
                None => Ok(()),
            }
        }
        EventKind::Accepted | EventKind::OnHold | EventKind::Declined | EventKind::Cancelled => {
            cancel(tx, scope, Task::ClaimBy, subject()).await?;
            cancel(tx, scope, Task::AcceptBy, subject()).await
        }
        EventKind::Unplaced | EventKind::Completed | EventKind::ConsentRevoked => Ok(()),
    }
}
