//! A pool's open state, as a matcher reads it: few rows, however long the history.

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{PersonId, TicketId, Timestamp};
use uuid::Uuid;

use super::counselor::CounselorRow;
use super::ticket_row::TicketRow;
use super::{Held, pool_times};
use crate::domain::Change;
use crate::domain::matcher::{Connection, OnDuty, OpenTicket, PoolState};
use crate::settings::DispatchSettings;

#[derive(sqlx::FromRow)]
struct OpenTicketRow {
    #[sqlx(flatten)]
    ticket: TicketRow,
    slots: Option<Vec<i16>>,
    expires_at: Option<Timestamp>,
    declined: Vec<PersonId>,
    silent: Vec<PersonId>,
}

#[derive(sqlx::FromRow)]
struct OnDutyRow {
    #[sqlx(flatten)]
    counselor: CounselorRow,
    session_id: Uuid,
    disconnected_at: Option<Timestamp>,
    seen_at: Option<Timestamp>,
    on_break: bool,
    leaving: bool,
    silent_count: i16,
    idle_since: Timestamp,
}

/// Reads the open state of a pool. `today` is now on the domain's clock.
pub(crate) async fn pool_state(
    store: &Store,
    scope: &ProgramScope,
    settings: &DispatchSettings,
    held: Held,
    today: Timestamp,
) -> Result<PoolState, StoreError> {
    // All of one instant: a ticket that was raised before a counselor came is seen raised by whoever sees the counselor.
    let mut tx = store.snapshot(scope).await?;
    // The instant of BEGIN: what is seen can only be newer.
    let now: Timestamp = sqlx::query_scalar("select now()").fetch_one(tx.conn()).await?;
    let times = pool_times(&mut tx, scope).await?.unwrap_or_else(|| settings.response_times());
    let tickets = open_tickets(&mut tx, scope).await?;
    let counselors = on_duty(&mut tx, scope, held.since, settings.replica_silence(), now).await?;
    Ok(PoolState { tickets, counselors, times, preferred: settings.preferred(), now, today })
}

async fn open_tickets(tx: &mut Tx, scope: &ProgramScope) -> Result<Vec<OpenTicket>, StoreError> {
    let rows: Vec<OpenTicketRow> = sqlx::query_as(
        "select ticket.*, holding.slots, holding.expires_at,
                array(select counselor_id from offer where offer.program_id = $1
                      and offer.ticket_id = ticket.ticket_id and offer.state = 'declined') as declined,
                array(select counselor_id from offer where offer.program_id = $1
                      and offer.ticket_id = ticket.ticket_id and offer.state = 'expired') as silent
         from ticket
         left join offer as holding on holding.program_id = $1 and holding.offer_id = ticket.offer_id
         where ticket.program_id = $1
           and (ticket.state in ('queued', 'offered', 'assigned') or ticket.offer_id is not null)",
    )
    .bind(scope.program())
    .fetch_all(tx.conn())
    .await?;
    let open = |row: OpenTicketRow| {
        Ok(OpenTicket {
            ticket: row.ticket.try_into()?,
            slots: row.slots.unwrap_or_default(),
            expires_at: row.expires_at,
            declined: row.declined,
            silent: row.silent,
        })
    };
    rows.into_iter().map(open).collect()
}

/// Who is on duty. A replica is silent at the earliest from when we began to listen: after an outage of the database,
/// or of the last matcher, everybody gets the whole grace.
async fn on_duty(
    tx: &mut Tx,
    scope: &ProgramScope,
    listening_since: Timestamp,
    silence: Duration,
    now: Timestamp,
) -> Result<Vec<OnDuty>, StoreError> {
    let rows: Vec<OnDutyRow> = sqlx::query_as(
        "select counselor.*, session_id, disconnected_at, seen_at, on_break, leaving, silent_count, idle_since
         from presence
         join counselor using (program_id, counselor_id)
         left join replica using (program_id, replica_id)
         where program_id = $1",
    )
    .bind(scope.program())
    .fetch_all(tx.conn())
    .await?;
    let on_duty = |row: OnDutyRow| {
        let heard = row.seen_at.unwrap_or(listening_since).max(listening_since);
        let connection = match row.disconnected_at {
            Some(since) => Connection::Broken { since },
            None if heard + silence <= now => Connection::Broken { since: heard },
            None => Connection::Open { silent_at: heard + silence },
        };
        OnDuty {
            counselor: row.counselor.into(),
            session: row.session_id,
            connection,
            on_break: row.on_break,
            leaving: row.leaving,
            silent_count: row.silent_count,
            idle_since: row.idle_since,
        }
    };
    Ok(rows.into_iter().map(on_duty).collect())
}

/// Locks the tickets of these changes, in one order, and answers which nobody has touched since they were read.
pub(crate) async fn tickets_unchanged(
    tx: &mut Tx,
    scope: &ProgramScope,
    changes: &[Change],
) -> Result<Vec<TicketId>, StoreError> {
    let tickets: Vec<_> = changes.iter().map(|change| change.ticket.id).collect();
    let rows: Vec<(TicketId, i32)> = sqlx::query_as(
        "select ticket_id, steps from ticket where program_id = $1 and ticket_id = any($2)
         order by ticket_id for update",
    )
    .bind(scope.program())
    .bind(tickets)
    .fetch_all(tx.conn())
    .await?;
    let steps: std::collections::HashMap<_, _> = rows.into_iter().collect();
    let unchanged = changes.iter().filter(|change| steps.get(&change.ticket.id) == Some(&change.steps_read));
    Ok(unchanged.map(|change| change.ticket.id).collect())
}
