//! Contacts that turned out to be one person's while both were open.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, Timestamp};

use crate::domain::contact::Contact;

/// Moves what is kept with a contact to the chain that it joins, and ends its own ledger of custody as nobody's: the other
/// chain's tells the owner from now on. The transaction holds both.
pub(crate) async fn chain_join(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    chain: ContactId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "with referrals as (
             update contact_referral set contact_id = $3 where program_id = $1 and contact_id = $2
         ),
         decisions as (
             update decision set contact_id = $3 where program_id = $1 and contact_id = $2
         ),
         ended as (
             update custody set until = greatest(since, $4)
             where program_id = $1 and contact_id = $2 and until is null and role <> 'nobody'
             returning sequence, until
         )
         insert into custody
             (program_id, contact_id, sequence, previous_sequence, role, owner_id, owner_name, on_duty, since)
         select $1, $2, sequence + 1, sequence, 'nobody', '', '', false, until from ended",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(chain)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The contacts that are linked with one and, unless it has joined another's chain, those that have joined its own.
pub(crate) async fn contacts_linked_with(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Vec<ContactId>, StoreError> {
    let linked = sqlx::query_scalar(
        "select other.contact_id from contact as one
         join contact as other on other.program_id = one.program_id and other.contact_id <> one.contact_id
             and (other.contact_id = any (one.linked_contact_ids)
                  or one.joined_at is null and other.joined_at is not null
                     and other.origin_contact_id = coalesce(one.origin_contact_id, one.contact_id))
         where one.program_id = $1 and one.contact_id = $2
         order by other.contact_id",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_all(tx.conn())
    .await?;
    Ok(linked)
}

/// The caller of a contact that has ended has a linked one that is open: further contacts of theirs are found by that one.
pub(crate) async fn caller_pass(tx: &mut Tx, scope: &ProgramScope, ended: &Contact) -> Result<(), StoreError> {
    let Some(caller) = ended.verified_caller.as_ref().filter(|_| !ended.linked.is_empty()) else { return Ok(()) };
    sqlx::query(
        "update contact set verified_caller = $3
         where program_id = $1 and contact_id = (
             select contact_id from contact
             where program_id = $1 and contact_id = any ($2) and ended_at is null order by contact_id limit 1)",
    )
    .bind(scope.program())
    .bind(&ended.linked)
    .bind(caller.as_str())
    .execute(tx.conn())
    .await?;
    Ok(())
}
