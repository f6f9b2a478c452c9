//! Links the contact of an identified caller with the other one that the person has open, and parts what was linked wrongly.

use harborline_identity::ProgramScope;
use harborline_store::Tx;
use harborline_types::{ContactId, Timestamp};

use crate::app::change_keep;
use crate::domain::contact::Contact;
use crate::domain::identification::Identified;
use crate::error::IntakeError;
use crate::store;

/// The contact, and the person's other one that is open: both locked, in the order of their ids.
pub(super) async fn lock_both(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ContactId,
    who: Identified,
) -> Result<(Contact, Option<Contact>), IntakeError> {
    let other = match who.verified_caller() {
        Some(caller) => store::contact_open_of_caller(tx, scope, &caller).await?.filter(|other| *other != id),
        None => None,
    };
    let Some(other) = other else { return Ok((store::contact_for_update(tx, scope, id).await?, None)) };
    if other < id {
        let other = store::contact_for_update(tx, scope, other).await?;
        return Ok((store::contact_for_update(tx, scope, id).await?, Some(other)));
    }
    let contact = store::contact_for_update(tx, scope, id).await?;
    Ok((contact, Some(store::contact_for_update(tx, scope, other).await?)))
}

/// Links the contact with the person's other one, if both are open.
pub(super) async fn link(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: Contact,
    other: Option<Contact>,
    now: Timestamp,
) -> Result<Contact, IntakeError> {
    let Some(other) = other.filter(|other| contact.is_to_be_linked_with(other)) else { return Ok(contact) };
    store::chain_join(tx, scope, contact.id, other.chain(), now).await?;
    let linked = other.clone().linked_with(&contact, now);
    let contact = change_keep(tx, scope, contact.join(&other, now)).await?;
    change_keep(tx, scope, linked).await?;
    Ok(contact)
}

/// Parts the contact, whose caller is another person than was thought, from those that it is linked with.
pub(super) async fn part(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: Contact,
    now: Timestamp,
) -> Result<Contact, IntakeError> {
    let (id, chain, had_joined) = (contact.id, contact.chain(), contact.joined_at.is_some());
    let mut parted = contact;
    for other in store::contacts_linked_with(tx, scope, id).await? {
        let other = store::contact_for_update(tx, scope, other).await?;
        // Of two that are linked one has joined the other's chain, and leaves it.
        parted = parted.part(other.id, had_joined, now).contact;
        change_keep(tx, scope, other.part(id, !had_joined, now)).await?;
    }
    let parted = change_keep(tx, scope, parted.part(id, had_joined, now)).await?;
    store::custody_follow(tx, scope, chain, now).await?;
    Ok(parted)
}
