//! A pool's open state, as a matcher reads it when it begins: few rows, however long the history.

use std::collections::HashMap;

use harborline_identity::ProgramScope;
use harborline_store::{Bound, StoreError};
use harborline_types::{ContactId, OfferId, PersonId, TicketId, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use super::counselor::CounselorRow;
use super::ticket_row::TicketRow;
use super::{Held, pool_rules};
use crate::domain::matcher::{OnDuty, OpenTicket, Past, PoolState, Slot, Times};
use crate::domain::{OfferState, Strain};
use crate::settings::DispatchSettings;

#[derive(sqlx::FromRow)]
struct OpenTicketRow {
    #[sqlx(flatten)]
    ticket: TicketRow,
    slots: Vec<i16>,
    epochs: Vec<i32>,
    expires_at: Option<Timestamp>,
    declined: Vec<PersonId>,
    silent: Vec<PersonId>,
}

#[derive(sqlx::FromRow)]
struct OnDutyRow {
    #[sqlx(flatten)]
    counselor: CounselorRow,
    session_id: Uuid,
    /// The open streams, and the replica of each, in the same order.
    streams: Vec<Uuid>,
    replicas: Vec<Uuid>,
    disconnected_at: Option<Timestamp>,
    on_break: bool,
    leaving: bool,
    silent_count: i16,
    idle_since: Timestamp,
    rested_at: Timestamp,
    /// From the newest slot release since the last rest; none when there is none.
    urgent_in_a_row: Option<i16>,
    urgent_ended_at: Option<Timestamp>,
    epochs: Vec<i32>,
}

/// Reads the open state of a pool and the database's clock. `domain_now` is on the domain's clock.
pub(crate) async fn pool_state(
    bound: &mut Bound,
    scope: &ProgramScope,
    settings: &DispatchSettings,
    held: Held,
    domain_now: Timestamp,
) -> Result<(PoolState, Timestamp), StoreError> {
    // One snapshot. `now()` is the instant of BEGIN, so the rows are never older than the clock that is answered.
    let mut tx = bound.snapshot().await?;
    let now: Timestamp = sqlx::query_scalar("select now()").fetch_one(&mut *tx).await?;
    let times = times(&mut tx, scope, settings).await?;
    let tickets = open_tickets(&mut tx, scope).await?;
    let counselors = on_duty(&mut tx, scope, None).await?;
    let replicas = replicas(&mut tx, scope, held).await?;
    tx.commit().await?;
    Ok((PoolState { tickets, counselors, replicas, times, today: domain_now }, now))
}

/// The response times, fatigue rules and settings that a pool decides by.
pub(crate) async fn times(
    connection: &mut PgConnection,
    scope: &ProgramScope,
    settings: &DispatchSettings,
) -> Result<Times, StoreError> {
    let configured = (settings.response_times(), settings.fatigue());
    let (response, fatigue) = pool_rules(&mut *connection, scope, &configured).await?.unwrap_or(configured);
    Ok(Times { response, fatigue, preferred: settings.preferred(), silence: settings.replica_silence() })
}

async fn open_tickets(connection: &mut PgConnection, scope: &ProgramScope) -> Result<Vec<OpenTicket>, StoreError> {
    let rows: Vec<OpenTicketRow> = sqlx::query_as(
        "select ticket.*, holding.expires_at, held.slots, held.epochs,
                array(select counselor_id from offer where offer.program_id = $1
                      and offer.ticket_id = any(asking.tickets) and offer.state = 'declined') as declined,
                array(select counselor_id from offer where offer.program_id = $1
                      and offer.ticket_id = any(asking.tickets) and offer.state = 'expired') as silent
         from ticket
         -- A counselor who declined a parallel offer has declined the contact. Only emergencies have parallel offers.
         cross join lateral (
             select array[ticket.ticket_id] || case when ticket.acuity = 1 and ticket.kind = 'answer' then
                 array(select race.ticket_id from ticket as race
                       where race.program_id = $1 and race.contact_id = ticket.contact_id and race.kind = 'race')
             end as tickets
         ) as asking
         left join offer as holding on holding.program_id = $1 and holding.offer_id = ticket.offer_id
         -- No new epoch of a slot begins while it is held, so the newest one is that of the offer.
         cross join lateral (
             select coalesce(array_agg(number order by number), '{}') as slots,
                    coalesce(array_agg(epoch order by number), '{}') as epochs
             from unnest(holding.slots) as number
             cross join lateral (
                 select epoch from slot_hold
                 where program_id = $1 and slot_hold.counselor_id = holding.counselor_id and slot = number
                 order by epoch desc limit 1
             ) as newest
         ) as held
         where ticket.program_id = $1 and ticket.is_open",
    )
    .bind(scope.program())
    .fetch_all(connection)
    .await?;
    let open = |row: OpenTicketRow| {
        let slots = row.slots.into_iter().zip(row.epochs).map(|(number, epoch)| Slot { number, epoch });
        Ok(OpenTicket {
            ticket: row.ticket.try_into()?,
            slots: slots.collect(),
            expires_at: row.expires_at,
            declined: row.declined,
            silent: row.silent,
            within: Vec::new(),
        })
    };
    rows.into_iter().map(open).collect()
}

/// The counselors on duty, of these or of all. A counselor is idle since the last slot release, which also has the
/// strain of the day; a break after it ends the row of urgent contacts.
pub(crate) async fn on_duty(
    connection: &mut PgConnection,
    scope: &ProgramScope,
    only: Option<&[PersonId]>,
) -> Result<Vec<OnDuty>, StoreError> {
    let rows: Vec<OnDutyRow> = sqlx::query_as(
        "select counselor.*, session_id, disconnected_at, on_break, leaving, silent_count,
                greatest(idle_since, released_at) as idle_since, epochs, rested_at,
                case when released_at >= rested_at then urgent_in_a_row end as urgent_in_a_row, urgent_ended_at,
                streams, replicas
         from presence
         join counselor using (program_id, counselor_id)
         cross join lateral (
             select coalesce(array_agg(attend_stream.session_id order by attend_stream.session_id), '{}') as streams,
                    coalesce(array_agg(replica_id order by attend_stream.session_id), '{}') as replicas
             from attend_stream
             where program_id = $1 and attend_stream.counselor_id = presence.counselor_id
         ) as open
         cross join lateral (
             select array_agg(coalesce(epoch, 0) order by number) as epochs, max(at) as released_at,
                    (array_agg(urgent_in_a_row order by at desc) filter (where at is not null))[1] as urgent_in_a_row,
                    max(urgent_ended_at) as urgent_ended_at
             from generate_series(0, 7) as number
             left join lateral (
                 select epoch from slot_hold
                 where program_id = $1 and slot_hold.counselor_id = presence.counselor_id and slot = number
                 order by epoch desc limit 1
             ) as held on true
             left join lateral (
                 select at, urgent_in_a_row, urgent_ended_at from slot_release
                 where program_id = $1 and slot_release.counselor_id = presence.counselor_id and slot = number
                 order by epoch desc limit 1
             ) as freed on true
         ) as ledger
         where program_id = $1 and ($2::text[] is null or counselor_id = any($2))",
    )
    .bind(scope.program())
    .bind(only)
    .fetch_all(connection)
    .await?;
    let on_duty = |row: OnDutyRow| OnDuty {
        counselor: row.counselor.into(),
        session: row.session_id,
        streams: row.streams.into_iter().zip(row.replicas).collect(),
        disconnected_at: row.disconnected_at,
        on_break: row.on_break,
        leaving: row.leaving,
        silent_count: row.silent_count,
        idle_since: row.idle_since,
        strain: Strain {
            rested_at: row.rested_at,
            urgent_in_a_row: row.urgent_in_a_row.unwrap_or_default(),
            urgent_ended_at: row.urgent_ended_at,
        },
        epochs: row.epochs,
    };
    Ok(rows.into_iter().map(on_duty).collect())
}

/// The last heartbeat of each replica, and not before this matcher took the lease: after an outage of the database or
/// of the last matcher every replica has the whole time until its streams count as broken.
pub(crate) async fn replicas(
    connection: &mut PgConnection,
    scope: &ProgramScope,
    held: Held,
) -> Result<HashMap<Uuid, Timestamp>, StoreError> {
    let rows: Vec<(Uuid, Timestamp)> = sqlx::query_as("select replica_id, seen_at from replica where program_id = $1")
        .bind(scope.program())
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|(replica, seen_at)| (replica, seen_at.max(held.since))).collect())
}

/// The tickets of these contacts and these offers, which are not open any more.
pub(crate) async fn past_get(
    bound: &mut Bound,
    scope: &ProgramScope,
    contacts: &[ContactId],
    offers: &[OfferId],
) -> Result<Past, StoreError> {
    let mut past = Past::default();
    if !contacts.is_empty() {
        let rows: Vec<(ContactId, TicketId)> = sqlx::query_as(
            "select contact_id, ticket_id from ticket
                 where program_id = $1 and contact_id = any($2) and kind = 'answer'",
        )
        .bind(scope.program())
        .bind(contacts)
        .fetch_all(bound.conn())
        .await?;
        past.tickets = rows.into_iter().collect();
    }
    if !offers.is_empty() {
        let rows: Vec<(OfferId, PersonId, OfferState)> = sqlx::query_as(
            "select offer_id, counselor_id, state from offer where program_id = $1 and offer_id = any($2)",
        )
        .bind(scope.program())
        .bind(offers)
        .fetch_all(bound.conn())
        .await?;
        past.offers = rows.into_iter().map(|(offer, counselor, state)| (offer, (counselor, state))).collect();
    }
    Ok(past)
}
