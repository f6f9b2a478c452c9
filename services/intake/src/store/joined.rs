//! Who has joined a contact without having it.

use harborline_identity::ProgramScope;
use harborline_store::{HintKey, StoreError, Tx};
use harborline_types::{ContactId, PersonId, TicketId};

/// Notes who is in a contact by a ticket, or that nobody is; an older or equal sequence changes nothing.
pub(crate) async fn joined_put(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    ticket: TicketId,
    (sequence, person): (i32, Option<&PersonId>),
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into joined (program_id, contact_id, ticket_id, sequence, person_id) values ($1, $2, $3, $4, $5)
         on conflict on constraint joined_key do update set sequence = excluded.sequence, person_id = excluded.person_id
         where joined.sequence < excluded.sequence",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(ticket)
    .bind(sequence)
    .bind(person)
    .execute(tx.conn())
    .await?;
    // The counselor who has just joined may be waiting to see the contact.
    tx.hint(HintKey::new(super::CONTACT_HINT, contact));
    Ok(())
}
