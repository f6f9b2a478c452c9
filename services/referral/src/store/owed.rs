//! The duties that follow from what happened to a referral.

use harborline_duties::Owed;
use harborline_store::Tx;

use crate::domain::task::{AtFacility, Task};
use crate::domain::{Event, EventKind, Referral};

/// Owes what the events ask for and takes back what they cancel, in the transaction that saves them.
pub(crate) fn referral_owe(tx: &mut Tx, referral: &Referral, events: &[Event]) {
    for event in events {
        clocks(tx, referral, event);
        if event.kind == EventKind::Accepted {
            tx.owe(Owed::now(Task::Accepted, referral.id));
        }
        if event.kind.is_end() {
            tx.owe(Owed::now(Task::Ended, referral.id));
        }
    }
}

/// The clocks of an offer: it must be claimed, and a claim must be accepted.
fn clocks(tx: &mut Tx, referral: &Referral, event: &Event) {
    let Some(offer) = event.facility.and_then(|facility| referral.offer(facility)) else { return };
    let subject = || AtFacility { referral: referral.id, facility: offer.facility };
    match event.kind {
        EventKind::Offered => tx.owe(Owed::at(Task::ClaimBy, subject(), offer.claim_by)),
        EventKind::Claimed => {
            tx.cancel(Task::ClaimBy, subject());
            if let Some(accept_by) = offer.accept_by {
                tx.owe(Owed::at(Task::AcceptBy, subject(), accept_by));
            }
        }
        EventKind::Accepted | EventKind::OnHold | EventKind::Declined | EventKind::Cancelled => {
            tx.cancel(Task::ClaimBy, subject());
            tx.cancel(Task::AcceptBy, subject());
        }
        EventKind::Unplaced | EventKind::Completed | EventKind::ConsentRevoked => {}
    }
}
