//! The facts that measures are made from. All instants are real time.

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{Channel, PersonId, Timestamp};

use super::roster_rules;
use super::ticket_row::acuity;
use crate::domain::measures::{ContactFacts, EngagementFact, PresenceFact, PresenceState};
use crate::domain::shift::Zone;

/// The database's clock.
pub(crate) async fn database_now(tx: &mut Tx) -> Result<Timestamp, StoreError> {
    Ok(sqlx::query_scalar("select clock_timestamp()").fetch_one(tx.conn()).await?)
}

/// The time zone in which a program's days begin: its roster's, or UTC where it keeps none.
pub(crate) async fn program_zone(tx: &mut Tx, scope: &ProgramScope) -> Result<Zone, StoreError> {
    Ok(roster_rules(tx.conn(), scope).await?.map_or(Zone::UTC, |rules| rules.zone))
}

#[derive(sqlx::FromRow)]
struct ContactRow {
    channel: Channel,
    acuity: i16,
    queued_at: Timestamp,
    answered_at: Option<Timestamp>,
    left_at: Option<Timestamp>,
    handed_off_at: Option<Timestamp>,
    counselor_lost: bool,
    /// Seconds; none while the engagement goes on, and for a contact without one.
    conversation: Option<f64>,
    wrap_up: Option<f64>,
}

/// The contacts that entered the queue in a span.
pub(crate) async fn contact_facts(
    tx: &mut Tx,
    scope: &ProgramScope,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<ContactFacts>, StoreError> {
    let rows: Vec<ContactRow> = sqlx::query_as(
        "select ticket.channel, ticket.acuity, entered.at as queued_at, answered_at, left_at, handed_off_at, counselor_lost,
                case when begun > 0 and begun = ended then (talked_until - begun_at)::float8 end as conversation,
                case when begun > 0 and begun = ended then (ended_at - talked_until)::float8 end as wrap_up
         from ticket_event as entered
         join ticket on ticket.program_id = $1 and ticket.ticket_id = entered.ticket_id
         cross join lateral (
             select min(at) filter (where kind = 'accepted') as answered_at,
                    min(at) filter (where kind = 'withdrawn') as left_at,
                    min(at) filter (where kind = 'handed_off') as handed_off_at,
                    coalesce(bool_or(kind = 'counselor_lost'), false) as counselor_lost,
                    count(*) filter (where kind = 'accepted') as begun,
                    count(*) filter (where kind in ('wrapped_up', 'counselor_lost')) as ended,
                    sum(extract(epoch from at)) filter (where kind = 'accepted') as begun_at,
                    sum(extract(epoch from at)) filter (where kind in ('released', 'counselor_lost')) as talked_until,
                    sum(extract(epoch from at)) filter (where kind in ('wrapped_up', 'counselor_lost')) as ended_at
             from ticket_event as step
             where step.program_id = $1 and step.ticket_id = entered.ticket_id
         ) as story
         where entered.program_id = $1 and ticket.kind = 'answer' and entered.kind = 'queued' and entered.at >= $2 and entered.at < $3",
    )
    .bind(scope.program())
    .bind(from)
    .bind(until)
    .fetch_all(tx.conn())
    .await?;
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let facts = |row: ContactRow| {
        Ok(ContactFacts {
            channel: row.channel,
            acuity: acuity(row.acuity)?,
            queued_at: row.queued_at,
            answered_at: row.answered_at,
            left_at: row.left_at,
            handed_off_at: row.handed_off_at,
            counselor_lost: row.counselor_lost,
            handled: row.conversation.zip(row.wrap_up).map(|(talked, wrapped)| (seconds(talked), seconds(wrapped))),
        })
    };
    rows.into_iter().map(facts).collect()
}

/// The presences in a span, with the last one of each counselor before it, and the engagements in it.
pub(crate) async fn staff_facts(
    tx: &mut Tx,
    scope: &ProgramScope,
    (from, until): (Timestamp, Timestamp),
) -> Result<(Vec<PresenceFact>, Vec<EngagementFact>), StoreError> {
    let presences: Vec<(PersonId, Timestamp, PresenceState)> = sqlx::query_as(
        "select counselor_id, history.at, history.state
         from counselor cross join lateral (
             (select at, sequence, state from presence_event
              where presence_event.program_id = $1 and presence_event.counselor_id = counselor.counselor_id and at < $2
              order by at desc, sequence desc limit 1)
             union all
             (select at, sequence, state from presence_event
              where presence_event.program_id = $1 and presence_event.counselor_id = counselor.counselor_id
                and at >= $2 and at < $3)
         ) as history
         where program_id = $1 order by counselor_id, history.at, history.sequence",
    )
    .bind(scope.program())
    .bind(from)
    .bind(until)
    .fetch_all(tx.conn())
    .await?;
    let engagements: Vec<(PersonId, Timestamp, Option<Timestamp>)> = sqlx::query_as(
        "select counselor_id, at,
                (select min(ended.at)
                 from ticket as own
                 -- After a transfer the wrap-up of the giver and the contact of the taker are on the other ticket.
                 join ticket on ticket.program_id = $1 and ticket.contact_id = own.contact_id
                 join ticket_event as ended on ended.program_id = $1 and ended.ticket_id = ticket.ticket_id
                 where own.program_id = $1 and own.ticket_id = begun.ticket_id
                   and ended.counselor_id = begun.counselor_id and ended.at >= begun.at
                   and ended.kind in ('wrapped_up', 'counselor_lost', 'left'))
         from ticket_event as begun
         where program_id = $1 and kind = 'accepted' and at >= $2 - interval '1 day' and at < $3
           and counselor_id is not null",
    )
    .bind(scope.program())
    .bind(from)
    .bind(until)
    .fetch_all(tx.conn())
    .await?;
    let presence = |(counselor, at, state)| PresenceFact { counselor, at, state };
    let engagement = |(counselor, from, until)| EngagementFact { counselor, from, until };
    Ok((presences.into_iter().map(presence).collect(), engagements.into_iter().map(engagement).collect()))
}
