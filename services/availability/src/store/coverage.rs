//! The requirements of a program's roster, the holes that were announced, and past arrivals.

use std::collections::HashMap;

use chrono::TimeDelta;
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{Channel, CounselorKind, PersonId, RequirementId, Skill, SkillLevels, Timestamp, Weekday};
use sqlx::types::Json;
use sqlx::{Executor, Postgres};
use uuid::Uuid;

use super::counselor::counselors_of;
use super::roster::hours;
use crate::domain::coverage::{Announcement, Duty, Requirement};
use crate::domain::forecast::{Arrivals, HALF_HOUR, half_hour_start};
use crate::domain::{Span, Spans};

/// How far back history is read.
const HISTORY: TimeDelta = TimeDelta::weeks(8);

#[derive(sqlx::FromRow)]
struct RequirementRow {
    requirement_id: RequirementId,
    at_least: i32,
    counselor_kind: Option<CounselorKind>,
    language: Option<String>,
    credential_type: Option<String>,
    jurisdiction: Option<String>,
    skills: Vec<String>,
    skill_levels: Json<SkillLevels>,
    channel: Option<Channel>,
    days: Vec<Weekday>,
    starts: i16,
    ends: i16,
}

impl TryFrom<RequirementRow> for Requirement {
    type Error = StoreError;

    fn try_from(row: RequirementRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.requirement_id,
            at_least: row.at_least,
            counselor_kind: row.counselor_kind,
            language: row.language,
            credential_type: row.credential_type,
            jurisdiction: row.jurisdiction,
            skills: Skill::stored(row.skills, &row.skill_levels),
            channel: row.channel,
            days: row.days.into_iter().collect(),
            hours: hours(row.starts, row.ends)?,
        })
    }
}

/// Creates a requirement or changes it whole.
pub(crate) async fn requirement_put(tx: &mut Tx, scope: &ProgramScope, asked: &Requirement) -> Result<(), StoreError> {
    sqlx::query(
        "insert into coverage_requirement (program_id, requirement_id, at_least, counselor_kind, language,
                                           credential_type, jurisdiction, skills, channel, days, starts, ends,
                                           skill_levels)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict on constraint coverage_requirement_key do update
         set at_least = excluded.at_least, counselor_kind = excluded.counselor_kind, language = excluded.language,
             credential_type = excluded.credential_type, jurisdiction = excluded.jurisdiction,
             skills = excluded.skills, channel = excluded.channel, days = excluded.days, starts = excluded.starts,
             ends = excluded.ends, skill_levels = excluded.skill_levels",
    )
    .bind(scope.program())
    .bind(asked.id)
    .bind(asked.at_least)
    .bind(asked.counselor_kind)
    .bind(&asked.language)
    .bind(&asked.credential_type)
    .bind(&asked.jurisdiction)
    .bind(Skill::names(&asked.skills))
    .bind(asked.channel)
    .bind(asked.days.iter().copied().collect::<Vec<_>>())
    .bind(asked.hours.starts.minutes())
    .bind(asked.hours.ends.minutes())
    .bind(Json(Skill::levels(&asked.skills)))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes a requirement with its announcements; false when there was none.
pub(crate) async fn requirement_remove(
    tx: &mut Tx,
    scope: &ProgramScope,
    requirement: RequirementId,
) -> Result<bool, StoreError> {
    let removed = sqlx::query("delete from coverage_requirement where program_id = $1 and requirement_id = $2")
        .bind(scope.program())
        .bind(requirement)
        .execute(tx.conn())
        .await?;
    Ok(removed.rows_affected() > 0)
}

/// The requirements by id.
pub(crate) async fn requirement_list(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
) -> Result<Vec<Requirement>, StoreError> {
    let rows: Vec<RequirementRow> =
        sqlx::query_as("select * from coverage_requirement where program_id = $1 order by requirement_id")
            .bind(scope.program())
            .fetch_all(reader)
            .await?;
    rows.into_iter().map(Requirement::try_from).collect()
}

/// The times on duty of these people, with the counselors and the requirements of the program.
pub(crate) async fn duty_of(
    tx: &mut Tx,
    scope: &ProgramScope,
    times: HashMap<PersonId, Spans>,
) -> Result<Duty, StoreError> {
    let requirements = requirement_list(tx.conn(), scope).await?;
    let counselors = counselors_of(tx, scope, &times.keys().collect::<Vec<_>>()).await?;
    Ok(Duty { requirements, counselors, times })
}

#[derive(sqlx::FromRow)]
struct AnnouncementRow {
    requirement_id: RequirementId,
    starts_at: Timestamp,
    ends_at: Timestamp,
    announced_at: Timestamp,
    planned: i32,
}

/// The announced holes that touch a span.
pub(crate) async fn announcement_list(
    tx: &mut Tx,
    scope: &ProgramScope,
    within: Span,
) -> Result<Vec<Announcement>, StoreError> {
    let rows: Vec<AnnouncementRow> =
        sqlx::query_as("select * from coverage_announcement where program_id = $1 and ends_at > $2 and starts_at < $3")
            .bind(scope.program())
            .bind(within.from)
            .bind(within.until)
            .fetch_all(tx.conn())
            .await?;
    let read = |row: AnnouncementRow| {
        let span = Span::new(row.starts_at, row.ends_at)?;
        let (requirement, planned, announced_at) = (row.requirement_id, row.planned, row.announced_at);
        Some(Announcement { requirement, span, planned, announced_at })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Replaces the announcements of holes that are not over. Requirements are locked before their announcements, in the
/// order of [`requirement_remove`], so that the two cannot deadlock; one that was removed meanwhile is left out.
pub(crate) async fn announcements_save(
    tx: &mut Tx,
    scope: &ProgramScope,
    now: Timestamp,
    announced: &[Announcement],
) -> Result<(), StoreError> {
    let kept: Vec<RequirementId> = sqlx::query_scalar(
        "select requirement_id from coverage_requirement where program_id = $1 order by requirement_id for key share",
    )
    .bind(scope.program())
    .fetch_all(tx.conn())
    .await?;
    let announced: Vec<_> = announced.iter().filter(|it| kept.contains(&it.requirement)).collect();
    sqlx::query("delete from coverage_announcement where program_id = $1 and ends_at > $2")
        .bind(scope.program())
        .bind(now)
        .execute(tx.conn())
        .await?;
    sqlx::query(
        "insert into coverage_announcement (program_id, requirement_id, starts_at, ends_at, announced_at, planned)
         select $1, * from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::integer[])",
    )
    .bind(scope.program())
    .bind(announced.iter().map(|it| it.requirement.0).collect::<Vec<_>>())
    .bind(announced.iter().map(|it| it.span.from).collect::<Vec<_>>())
    .bind(announced.iter().map(|it| it.span.until).collect::<Vec<_>>())
    .bind(announced.iter().map(|it| it.announced_at).collect::<Vec<_>>())
    .bind(announced.iter().map(|it| it.planned).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Past arrivals, in real time.
pub(crate) struct PastArrivals {
    pub(crate) span: Span,
    /// By half hour; half hours without arrivals are left out.
    pub(crate) counts: Vec<(Timestamp, Arrivals)>,
}

/// The arrivals of the last eight weeks, or since the first of them; of one channel, or of all. None without any.
///
/// Ticket ids grow with time, so that the key finds the newest without another index. They are made by the clocks of
/// the replicas; a day more than is asked for covers how far these may be apart.
pub(crate) async fn past_arrivals(
    tx: &mut Tx,
    scope: &ProgramScope,
    channel: Option<Channel>,
) -> Result<Option<PastArrivals>, StoreError> {
    let now: Timestamp = sqlx::query_scalar("select now()").fetch_one(tx.conn()).await?;
    let until = half_hour_start(now);
    let since = until - HISTORY;
    let rows: Vec<(i64, String, bool, i64)> = sqlx::query_as(
        "select floor(extract(epoch from queued_at) / $5)::bigint, channel, acuity <= 2, count(*)
         from ticket where program_id = $1 and ticket_id >= $2 and queued_at >= $3 and queued_at < $4
           and kind = 'answer'
         group by 1, 2, 3",
    )
    .bind(scope.program())
    .bind(first_id(since - TimeDelta::days(1)))
    .bind(since)
    .bind(until)
    .bind(HALF_HOUR.num_seconds())
    .fetch_all(tx.conn())
    .await?;
    let start = |number: i64| Timestamp::from_timestamp(number * HALF_HOUR.num_seconds(), 0);
    let first = rows.iter().filter_map(|(number, ..)| start(*number)).min();
    let mut counts: HashMap<Timestamp, Arrivals> = HashMap::new();
    for (number, row_channel, is_urgent, count) in rows {
        let is_meant = channel.is_none_or(|channel| channel.as_str() == row_channel);
        if let Some(at) = start(number).filter(|_| is_meant) {
            let sum = counts.entry(at).or_default();
            *(if is_urgent { &mut sum.urgent } else { &mut sum.other }) += count as f64;
        }
    }
    let span = first.and_then(|first| Span::new(first, until));
    Ok(span.map(|span| PastArrivals { span, counts: counts.into_iter().collect() }))
}

/// The smallest id made at an instant: its first 48 bits are the milliseconds (RFC 9562, version 7).
fn first_id(at: Timestamp) -> Uuid {
    Uuid::from_u128(u128::from(at.timestamp_millis().unsigned_abs()) << 80)
}
