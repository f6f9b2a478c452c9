//! The present of a program, for its wallboard: few rows, however long the history. All instants are real time.

use std::collections::{BTreeMap, BTreeSet};

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{Acuity, PersonId, Timestamp};

use super::ticket_row::acuity;
use crate::domain::wallboard::{CounselorOnDuty, Waiting};
use crate::domain::{Activity, Workload};

/// The queue and the counselors on duty, at one instant.
pub(crate) struct WallboardNow {
    pub(crate) at: Timestamp,
    pub(crate) queue: BTreeMap<Acuity, Waiting>,
    pub(crate) pages_open: i64,
    pub(crate) counselors: BTreeMap<PersonId, CounselorOnDuty>,
}

#[derive(sqlx::FromRow)]
struct OnDutyRow {
    counselor_id: PersonId,
    name: String,
    connected: bool,
    on_break: bool,
    offers: i64,
    conversations: i64,
    wrap_ups: i64,
    /// When the oldest offer, conversation and wrap-up in hand began.
    asked_at: Option<Timestamp>,
    talks_since: Option<Timestamp>,
    wraps_up_since: Option<Timestamp>,
    /// When the presence changed last or a slot was released last, whichever is later.
    present_since: Timestamp,
}

impl From<OnDutyRow> for CounselorOnDuty {
    fn from(row: OnDutyRow) -> Self {
        let workload = Workload { offers: row.offers, conversations: row.conversations, wrap_ups: row.wrap_ups };
        let activity = Activity::on_duty(row.connected, row.on_break, workload);
        let since = match activity {
            Activity::Offered => row.asked_at,
            Activity::Engaged => row.talks_since,
            Activity::WrappingUp => row.wraps_up_since,
            Activity::Offline | Activity::Available | Activity::OnBreak | Activity::Reconnecting => None,
        };
        Self { name: row.name, activity, since: since.unwrap_or(row.present_since) }
    }
}

/// Reads the queue, and these counselors or all. Within a snapshot of the database all of it is of one instant.
pub(crate) async fn wallboard_now(
    tx: &mut Tx,
    scope: &ProgramScope,
    only: Option<&BTreeSet<PersonId>>,
) -> Result<WallboardNow, StoreError> {
    let at: Timestamp = sqlx::query_scalar("select clock_timestamp()").fetch_one(tx.conn()).await?;
    let lines: Vec<(i16, i64, Timestamp, i64)> = sqlx::query_as(
        "select acuity, count(*), min(waiting_since), count(*) filter (where paged) from ticket
         where program_id = $1 and is_open and state in ('queued', 'offered') and kind = 'answer'
         group by acuity",
    )
    .bind(scope.program())
    .fetch_all(tx.conn())
    .await?;
    let (mut queue, mut pages_open) = (BTreeMap::new(), 0);
    for (level, contacts, longest_since, paged) in lines {
        queue.insert(acuity(level)?, Waiting { contacts, longest_since });
        pages_open += paged;
    }
    let reads_none = only.is_some_and(BTreeSet::is_empty);
    let counselors = if reads_none { BTreeMap::new() } else { counselors_on_duty(tx, scope, only).await? };
    Ok(WallboardNow { at, queue, pages_open, counselors })
}

async fn counselors_on_duty(
    tx: &mut Tx,
    scope: &ProgramScope,
    only: Option<&BTreeSet<PersonId>>,
) -> Result<BTreeMap<PersonId, CounselorOnDuty>, StoreError> {
    let rows: Vec<OnDutyRow> = sqlx::query_as(
        "select counselor_id, name, disconnected_at is null as connected, on_break, offers, conversations, wrap_ups,
                asked_at, talks_since, wraps_up_since,
                greatest(idle_since, disconnected_at, (
                    select at from presence_event
                    where presence_event.program_id = $1 and presence_event.counselor_id = presence.counselor_id
                    order by at desc, sequence desc limit 1
                ), case when in_hand.tickets = 0 then (
                    select max(at) from generate_series(0, message_capacity - 1) as number
                    cross join lateral (
                        select at from slot_release
                        where slot_release.program_id = $1 and slot_release.counselor_id = presence.counselor_id
                          and slot = number
                        order by epoch desc limit 1
                    ) as released
                ) end) as present_since
         from presence join counselor using (program_id, counselor_id)
         cross join lateral (
             select count(*) as tickets, count(*) filter (where state = 'offered') as offers,
                    count(*) filter (where state = 'assigned') as conversations,
                    count(*) filter (where state = 'released') as wrap_ups,
                    min(became) filter (where state = 'offered') as asked_at,
                    min(became) filter (where state = 'assigned') as talks_since,
                    min(became) filter (where state = 'released') as wraps_up_since
             from ticket cross join lateral (
                 select max(at) as became from ticket_event
                 where ticket_event.program_id = $1 and ticket_event.ticket_id = ticket.ticket_id
                   and ticket_event.kind in (case state when 'assigned' then 'accepted' else state end, 'transferred')
             ) as step
             where ticket.program_id = $1 and ticket.counselor_id = presence.counselor_id and is_open
               and offer_id is not null
         ) as in_hand
         where program_id = $1 and ($2::text[] is null or counselor_id = any($2))",
    )
    .bind(scope.program())
    .bind(only.map(|only| only.iter().cloned().collect::<Vec<_>>()))
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.counselor_id.clone(), row.into())).collect())
}
