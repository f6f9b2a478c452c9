//! Pages: their waits and their outcomes.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{ContactId, TicketId, Timestamp};

use super::ticket_row::acuity;
use crate::domain::{PageOutcome, PagedWait, TicketState};

/// The wait of a ticket in which the supervisor was paged at this step, as it stands now.
pub(crate) async fn paged_wait_get(
    store: &Store,
    scope: &ProgramScope,
    ticket: TicketId,
    step: i32,
) -> Result<Option<PagedWait>, StoreError> {
    let row: Option<(ContactId, TicketState, i16, Timestamp, Timestamp, Timestamp)> = sqlx::query_as(
        "select contact_id, state, ticket.acuity, waiting_since, at, clock_timestamp()
         from ticket join ticket_event using (program_id, ticket_id)
         where program_id = $1 and ticket_id = $2 and sequence = $3 and ticket_event.kind = 'supervisor_paged'",
    )
    .bind(scope.program())
    .bind(ticket)
    .bind(step)
    .fetch_optional(store.reader(scope))
    .await?;
    let Some((contact, state, level, waiting_since, paged_at, now)) = row else { return Ok(None) };
    let outcomes =
        sqlx::query_as("select page, outcome from page_outcome where program_id = $1 and ticket_id = $2 and step = $3")
            .bind(scope.program())
            .bind(ticket)
            .bind(step)
            .fetch_all(store.reader(scope))
            .await?;
    Ok(Some(PagedWait { contact, state, acuity: acuity(level)?, waiting_since, paged_at, now, outcomes }))
}

/// Records the outcome of a page; false when it is on record already.
pub(crate) async fn page_outcome_add(
    tx: &mut Tx,
    scope: &ProgramScope,
    ticket: TicketId,
    step: i32,
    page: i16,
    outcome: PageOutcome,
) -> Result<bool, StoreError> {
    let added = sqlx::query(
        "insert into page_outcome (program_id, ticket_id, step, page, outcome) values ($1, $2, $3, $4, $5)
         on conflict on constraint page_outcome_key do nothing",
    )
    .bind(scope.program())
    .bind(ticket)
    .bind(step)
    .bind(page)
    .bind(outcome)
    .execute(tx.conn())
    .await?;
    Ok(added.rows_affected() > 0)
}
