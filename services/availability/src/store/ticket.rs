//! Tickets and their histories.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Acuity, ContactId, Need, PersonId, TicketId, Timestamp};

use super::ticket_row::{TicketRow, acuity};
use crate::domain::{Ticket, TicketEventKind};

/// A recorded step of a ticket.
pub(crate) struct TicketEvent {
    pub(crate) ticket: TicketId,
    pub(crate) sequence: i32,
    pub(crate) kind: TicketEventKind,
    pub(crate) counselor: Option<PersonId>,
    /// Real time.
    pub(crate) at: Timestamp,
    pub(crate) acuity: Option<Acuity>,
}

/// Puts a contact into the queue, or finds the ticket that it has.
pub(crate) async fn ticket_create(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    level: Acuity,
    need: &Need,
    preferred: Option<&PersonId>,
) -> Result<TicketId, StoreError> {
    let created: Option<TicketId> = sqlx::query_scalar(
        "with created as (
             insert into ticket (program_id, ticket_id, contact_id, state, acuity, channel, at_least, language,
                                 jurisdiction, skills, preferred_counselor_id, steps)
             values ($1, $2, $3, 'queued', $4, $5, $6, $7, $8, $9, $10, 1)
             on conflict on constraint ticket_contact do nothing
             returning program_id, ticket_id
         ), recorded as (
             insert into ticket_event (program_id, ticket_id, sequence, kind)
             select program_id, ticket_id, 1, 'queued' from created
         )
         select ticket_id from created",
    )
    .bind(scope.program())
    .bind(TicketId::new())
    .bind(contact)
    .bind(i16::from(level.level()))
    .bind(need.channel)
    .bind(need.at_least)
    .bind(&need.language)
    .bind(&need.jurisdiction)
    .bind(&need.skills)
    .bind(preferred)
    .fetch_optional(tx.conn())
    .await?;
    if let Some(ticket) = created {
        return Ok(ticket);
    }
    let known = sqlx::query_scalar("select ticket_id from ticket where program_id = $1 and contact_id = $2")
        .bind(scope.program())
        .bind(contact)
        .fetch_one(tx.conn())
        .await?;
    Ok(known)
}

/// A contact's ticket, locked: until the commit nobody else takes a step with it.
pub(crate) async fn ticket_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Ticket>, StoreError> {
    let row: Option<TicketRow> =
        sqlx::query_as("select * from ticket where program_id = $1 and contact_id = $2 for update")
            .bind(scope.program())
            .bind(contact)
            .fetch_optional(tx.conn())
            .await?;
    row.map(Ticket::try_from).transpose()
}

/// A contact's ticket.
pub(crate) async fn ticket_get(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Ticket>, StoreError> {
    let row: Option<TicketRow> = sqlx::query_as("select * from ticket where program_id = $1 and contact_id = $2")
        .bind(scope.program())
        .bind(contact)
        .fetch_optional(store.reader(scope))
        .await?;
    row.map(Ticket::try_from).transpose()
}

/// The program's tickets after this one, oldest first: ids are ordered by time.
pub(crate) async fn ticket_list(
    store: &Store,
    scope: &ProgramScope,
    after: Option<TicketId>,
    most: i64,
) -> Result<Vec<Ticket>, StoreError> {
    let rows: Vec<TicketRow> = sqlx::query_as(
        "select * from ticket where program_id = $1 and ($2::uuid is null or ticket_id > $2)
         order by ticket_id limit $3",
    )
    .bind(scope.program())
    .bind(after)
    .bind(most)
    .fetch_all(store.reader(scope))
    .await?;
    rows.into_iter().map(Ticket::try_from).collect()
}

/// The histories of these tickets, each in order.
pub(crate) async fn ticket_events(
    store: &Store,
    scope: &ProgramScope,
    tickets: &[TicketId],
) -> Result<Vec<TicketEvent>, StoreError> {
    type Row = (TicketId, i32, TicketEventKind, Option<PersonId>, Timestamp, Option<i16>);
    let rows: Vec<Row> = sqlx::query_as(
        "select ticket_id, sequence, kind, counselor_id, at, acuity from ticket_event
         where program_id = $1 and ticket_id = any($2) order by ticket_id, sequence",
    )
    .bind(scope.program())
    .bind(tickets)
    .fetch_all(store.reader(scope))
    .await?;
    let event = |(ticket, sequence, kind, counselor, at, level): Row| {
        let acuity = level.map(acuity).transpose()?;
        Ok(TicketEvent { ticket, sequence, kind, counselor, at, acuity })
    };
    rows.into_iter().map(event).collect()
}

/// When a contact entered the queue and when it was handed off, on real time; none when it was not.
pub(crate) async fn hand_off_get(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
    let found = sqlx::query_as(
        "select queued_at, at from ticket join ticket_event using (program_id, ticket_id)
         where program_id = $1 and contact_id = $2 and kind = 'handed_off'",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_optional(store.reader(scope))
    .await?;
    Ok(found)
}
