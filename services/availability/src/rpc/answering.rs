//! What accepting and declining share: who answers, and whether the offer is still theirs to answer.

use harborline_identity::{Call, ProgramScope};
use harborline_store::Tx;
use harborline_types::{OfferId, PersonId};

use crate::app::App;
use crate::domain::{Change, OfferRefused, answerable};
use crate::error::AvailabilityError;
use crate::store;

/// The counselor who calls: nobody can act for another.
pub(super) async fn counselor(app: &App, call: &Call, scope: &ProgramScope) -> Result<PersonId, AvailabilityError> {
    let id = call.person()?.id.clone();
    if store::counselor_exists(&app.store, scope, &id).await? {
        Ok(id)
    } else {
        Err(AvailabilityError::CounselorNotFound(id))
    }
}

/// The ticket of an open offer of this counselor, both locked.
pub(super) async fn open_offer(
    tx: &mut Tx,
    scope: &ProgramScope,
    offer: OfferId,
    counselor: &PersonId,
) -> Result<Change, AvailabilityError> {
    let not_found = || AvailabilityError::OfferNotFound(offer);
    let contact = store::offer_ticket(tx, scope, offer, counselor).await?.ok_or_else(not_found)?;
    let ticket = store::ticket_for_update(tx, scope, contact).await?.ok_or_else(not_found)?;
    let row = store::offer_for_update(tx, scope, offer).await?;
    answerable(row.state, row.time_is_up).map_err(|refused| match refused {
        OfferRefused::Expired => AvailabilityError::OfferExpired,
        OfferRefused::Closed => AvailabilityError::OfferClosed,
    })?;
    Ok(Change::of(ticket))
}
