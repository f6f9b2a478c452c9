//! Tickets and their histories.

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError};
use harborline_types::{Acuity, ContactId, PersonId, TicketId, Timestamp};

use super::ticket_row::{TicketRow, acuity};
use crate::domain::{DeclineReason, Ticket, TicketEventKind};

/// A recorded step of a ticket.
pub(crate) struct TicketEvent {
    pub(crate) ticket: TicketId,
    pub(crate) sequence: i32,
    pub(crate) kind: TicketEventKind,
    pub(crate) counselor: Option<PersonId>,
    /// Real time.
    pub(crate) at: Timestamp,
    pub(crate) acuity: Option<Acuity>,
    /// The number of the page, for an outcome of one.
    pub(crate) page: i16,
    /// Why an offer was declined.
    pub(crate) declined: Option<DeclineReason>,
}

/// The ticket that answers a contact.
pub(crate) async fn ticket_get(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Ticket>, StoreError> {
    let row: Option<TicketRow> =
        sqlx::query_as("select * from ticket where program_id = $1 and contact_id = $2 and kind = 'answer'")
            .bind(scope.program())
            .bind(contact)
            .fetch_optional(store.reader(scope))
            .await?;
    row.map(Ticket::try_from).transpose()
}

/// The parallel offers of a contact, open and over, the oldest first.
pub(crate) async fn race_list(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Vec<Ticket>, StoreError> {
    let rows: Vec<TicketRow> = sqlx::query_as(
        "select * from ticket where program_id = $1 and contact_id = $2 and kind = 'race' order by ticket_id",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_all(store.reader(scope))
    .await?;
    rows.into_iter().map(Ticket::try_from).collect()
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

/// The histories of these tickets, each in order. The outcome of a page stands after the last step before it.
pub(crate) async fn ticket_events(
    store: &Store,
    scope: &ProgramScope,
    tickets: &[TicketId],
) -> Result<Vec<TicketEvent>, StoreError> {
    type Row = (TicketId, i32, TicketEventKind, Option<PersonId>, Timestamp, Option<i16>, i16, Option<DeclineReason>);
    let rows: Vec<Row> = sqlx::query_as(
        "select ticket_id, sequence, kind, counselor_id, at, acuity, page, decline_reason from (
             select ticket_id, sequence, kind, counselor_id, at, acuity, 0::int2 as page, decline_reason,
                    sequence as place
             from ticket_event where program_id = $1 and ticket_id = any($2)
             union all
             select ticket_id, step, outcome, null, at, null, page, null,
                    greatest(step, (select max(sequence) from ticket_event as before
                                    where before.program_id = $1 and before.ticket_id = page_outcome.ticket_id
                                      and before.at <= page_outcome.at))
             from page_outcome where program_id = $1 and ticket_id = any($2)
         ) as history order by ticket_id, place, page, at",
    )
    .bind(scope.program())
    .bind(tickets)
    .fetch_all(store.reader(scope))
    .await?;
    let event = |(ticket, sequence, kind, counselor, at, level, page, declined): Row| {
        let acuity = level.map(acuity).transpose()?;
        Ok(TicketEvent { ticket, sequence, kind, counselor, at, acuity, page, declined })
    };
    rows.into_iter().map(event).collect()
}

/// The backup line was offered to a caller.
pub(crate) struct BackupOffered {
    /// How long the contact had waited by then, in its wait of that time.
    pub(crate) waited: Duration,
    /// Whether that wait goes on.
    pub(crate) wait_goes_on: bool,
}

/// The offer of the backup line at a step of the ticket that answers a contact; none when the step was another.
pub(crate) async fn backup_offered_get(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
    step: i32,
) -> Result<Option<BackupOffered>, StoreError> {
    let found: Option<(f64, bool)> = sqlx::query_as(
        "select extract(epoch from offered.at - begun.at)::float8,
                state in ('queued', 'offered') and not exists (
                    select from ticket_event as lost
                    where lost.program_id = $1 and lost.ticket_id = ticket.ticket_id and lost.sequence > $3
                      and lost.kind = 'counselor_lost')
         from ticket
         join ticket_event as offered on offered.program_id = $1 and offered.ticket_id = ticket.ticket_id
         cross join lateral (
             select max(at) as at from ticket_event as entered
             where entered.program_id = $1 and entered.ticket_id = ticket.ticket_id and entered.sequence < $3
               and entered.kind in ('queued', 'counselor_lost')
         ) as begun
         where ticket.program_id = $1 and contact_id = $2 and ticket.kind = 'answer'
           and offered.sequence = $3 and offered.kind = 'backup_offered'",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(step)
    .fetch_optional(store.reader(scope))
    .await?;
    let offered = |(seconds, wait_goes_on)| BackupOffered {
        waited: Duration::try_from_secs_f64(seconds).unwrap_or_default(),
        wait_goes_on,
    };
    Ok(found.map(offered))
}
