//! Counselors who have joined a contact by a transfer or a conference.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{ContactId, PersonId, TicketId};

use super::ticket_row::TicketRow;
use crate::domain::TransferStatus;

/// The state of a transfer or conference, as intake is told it.
pub(crate) struct Joined {
    pub(crate) contact: ContactId,
    /// The number of the ticket's steps: intake ignores a state with a lower one.
    pub(crate) sequence: i32,
    /// The counselor who has joined; none when no counselor has, or when they have left again.
    pub(crate) person: Option<PersonId>,
}

#[derive(sqlx::FromRow)]
struct TransferStatusRow {
    #[sqlx(flatten)]
    ticket: TicketRow,
    unreachable: bool,
}

/// The transfers and conferences of these contacts that wait or are joined, the oldest first.
pub(crate) async fn transfer_status_list(
    store: &Store,
    scope: &ProgramScope,
    contacts: &[ContactId],
) -> Result<Vec<TransferStatus>, StoreError> {
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<TransferStatusRow> = sqlx::query_as(
        "select ticket.*,
                state = 'queued' and target <> 'skilled' and (
                    not exists (select from presence where program_id = $1 and presence.counselor_id = one.person_id)
                    or exists (select from offer where program_id = $1 and offer.ticket_id = ticket.ticket_id
                               and offer.counselor_id = one.person_id and offer.state = 'declined')) as unreachable
         from ticket
         cross join lateral (
             select coalesce(target_person_id, (select supervisor_id from supervisor_on_call where program_id = $1))
                 as person_id
         ) as one
         where ticket.program_id = $1 and contact_id = any($2) and kind <> 'answer'
           and state in ('queued', 'offered', 'assigned')
         order by ticket_id",
    )
    .bind(scope.program())
    .bind(contacts)
    .fetch_all(store.reader(scope))
    .await?;
    let status =
        |row: TransferStatusRow| Ok(TransferStatus { ticket: row.ticket.try_into()?, unreachable: row.unreachable });
    rows.into_iter().map(status).collect()
}

/// The state of a transfer or conference; none when there is no such ticket.
pub(crate) async fn joined_get(
    store: &Store,
    scope: &ProgramScope,
    ticket: TicketId,
) -> Result<Option<Joined>, StoreError> {
    let row: Option<(ContactId, i32, Option<PersonId>)> = sqlx::query_as(
        "select contact_id, steps, case state when 'assigned' then counselor_id end from ticket
         where program_id = $1 and ticket_id = $2 and kind <> 'answer'",
    )
    .bind(scope.program())
    .bind(ticket)
    .fetch_optional(store.reader(scope))
    .await?;
    Ok(row.map(|(contact, sequence, person)| Joined { contact, sequence, person }))
}

/// A counselor who has joined a contact.
pub(crate) struct JoinedNow {
    pub(crate) ticket: TicketId,
    /// The number of the ticket's steps, as in [`Joined`].
    pub(crate) sequence: i32,
    pub(crate) person: PersonId,
}

/// The counselors who have joined a contact, the oldest ticket first.
pub(crate) async fn joined_now(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Vec<JoinedNow>, StoreError> {
    let rows: Vec<(TicketId, i32, PersonId)> = sqlx::query_as(
        "select ticket_id, steps, counselor_id from ticket
         where program_id = $1 and contact_id = $2 and kind <> 'answer' and state = 'assigned'
         order by ticket_id",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_all(tx.conn())
    .await?;
    let joined = |(ticket, sequence, person)| JoinedNow { ticket, sequence, person };
    Ok(rows.into_iter().map(joined).collect())
}
