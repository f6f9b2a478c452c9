//! Offers, as the counselor and the duties read them.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{ContactId, OfferId, Person, PersonId, TicketId, Timestamp};

use super::ticket_row::TicketRow;
use crate::domain::HeldTicket;

#[derive(sqlx::FromRow)]
struct HeldTicketRow {
    #[sqlx(flatten)]
    ticket: TicketRow,
    expires_at: Timestamp,
}

/// An accepted offer.
pub(crate) struct Assignment {
    pub(crate) counselor: Person,
    /// On the domain's clock.
    pub(crate) accepted_at: Timestamp,
    /// The warm transfer by which the counselor had joined before.
    pub(crate) by_transfer: Option<TicketId>,
}

/// The tickets that a counselor is offered, is in, or wraps up, the oldest offer first.
pub(crate) async fn held_ticket_list(
    store: &Store,
    scope: &ProgramScope,
    counselor: &PersonId,
) -> Result<Vec<HeldTicket>, StoreError> {
    let rows: Vec<HeldTicketRow> = sqlx::query_as(
        "select ticket.*, offer.expires_at from ticket join offer using (program_id, offer_id)
         where program_id = $1 and ticket.counselor_id = $2 and ticket.is_open
         order by offer.offer_id",
    )
    .bind(scope.program())
    .bind(counselor)
    .fetch_all(store.reader(scope))
    .await?;
    let held = |row: HeldTicketRow| Ok(HeldTicket { ticket: row.ticket.try_into()?, expires_at: Some(row.expires_at) });
    rows.into_iter().map(held).collect()
}

/// The counselor who accepted a contact as its n-th assignment, and when.
pub(crate) async fn assignment_get(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
    number: i32,
) -> Result<Option<Assignment>, StoreError> {
    let row: Option<(PersonId, String, Timestamp, Option<TicketId>)> = sqlx::query_as(
        "select offer.counselor_id, counselor.name, accepted_at,
                case ticket.kind when 'warm_transfer' then ticket.ticket_id end
         from ticket
         join offer on offer.program_id = ticket.program_id and offer.ticket_id = ticket.ticket_id
         join counselor on counselor.program_id = offer.program_id and counselor.counselor_id = offer.counselor_id
         where ticket.program_id = $1 and contact_id = $2 and offer.assignment = $3",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(number)
    .fetch_optional(store.reader(scope))
    .await?;
    let assignment =
        |(id, name, accepted_at, by_transfer)| Assignment { counselor: Person { id, name }, accepted_at, by_transfer };
    Ok(row.map(assignment))
}

/// The counselor who has a contact now.
pub(crate) struct AssignmentNow {
    pub(crate) counselor: Person,
    /// Which of the contact's assignments it is.
    pub(crate) number: i32,
    /// On the domain's clock.
    pub(crate) accepted_at: Timestamp,
}

/// The counselor who has a contact now. The inner `None`: no counselor has it. None when the contact has no ticket.
pub(crate) async fn assignment_now(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Option<AssignmentNow>>, StoreError> {
    type Row = (i32, Option<PersonId>, Option<String>, Option<Timestamp>);
    let row: Option<Row> = sqlx::query_as(
        "select ticket.assignment, offer.counselor_id, counselor.name, offer.accepted_at
         from ticket
         left join offer on offer.program_id = $1 and offer.offer_id = ticket.offer_id and ticket.state = 'assigned'
         left join counselor on counselor.program_id = $1 and counselor.counselor_id = offer.counselor_id
         where ticket.program_id = $1 and ticket.contact_id = $2 and ticket.kind = 'answer'",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_optional(tx.conn())
    .await?;
    let assignment = |(number, id, name, accepted_at): Row| {
        let (id, name, accepted_at) = (id?, name?, accepted_at?);
        Some(AssignmentNow { counselor: Person { id, name }, number, accepted_at })
    };
    Ok(row.map(assignment))
}

/// The contact for which an offer was made.
pub(crate) async fn offer_contact(
    store: &Store,
    scope: &ProgramScope,
    offer: OfferId,
) -> Result<Option<ContactId>, StoreError> {
    let contact = sqlx::query_scalar(
        "select contact_id from offer join ticket using (program_id, ticket_id)
         where program_id = $1 and offer.offer_id = $2",
    )
    .bind(scope.program())
    .bind(offer)
    .fetch_optional(store.reader(scope))
    .await?;
    Ok(contact)
}
