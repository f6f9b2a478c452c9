//! Shifts and their changed days.

use chrono::NaiveDate;
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{PersonId, ShiftId, Timestamp};
use sqlx::{Executor, Postgres};

use crate::domain::Span;
use crate::domain::shift::{
    DayChanges, Hours, Recurrence, RosterFacts, Shift, ShiftDay, ShiftKind, TimeOfDay, Zone, days_around,
};

#[derive(sqlx::FromRow)]
struct ShiftRow {
    shift_id: ShiftId,
    counselor_id: PersonId,
    rung: Option<i16>,
    first_day: NaiveDate,
    last_day: Option<NaiveDate>,
    starts: i16,
    ends: i16,
    recurrence: Option<String>,
    canceled_at: Option<Timestamp>,
}

/// Hours of a row.
pub(in crate::store) fn hours(starts: i16, ends: i16) -> Result<Hours, StoreError> {
    let time = |minutes| {
        TimeOfDay::from_minutes(minutes).ok_or_else(|| StoreError::Fault("a time that no day has".to_owned()))
    };
    Ok(Hours { starts: time(starts)?, ends: time(ends)? })
}

impl TryFrom<ShiftRow> for Shift {
    type Error = StoreError;

    fn try_from(row: ShiftRow) -> Result<Self, StoreError> {
        let recurrence = row.recurrence.map(|text| Recurrence::parse(&text, row.first_day)).transpose();
        Ok(Self {
            id: row.shift_id,
            counselor: row.counselor_id,
            kind: row.rung.map_or(ShiftKind::Line, |rung| ShiftKind::OnCall { rung }),
            first_day: row.first_day,
            last_day: row.last_day,
            hours: hours(row.starts, row.ends)?,
            recurrence: recurrence.map_err(|_| StoreError::Fault("a recurrence that is none".to_owned()))?,
            canceled_at: row.canceled_at,
        })
    }
}

/// Creates a shift or changes it whole.
pub(crate) async fn shift_put(tx: &mut Tx, scope: &ProgramScope, shift: &Shift) -> Result<(), StoreError> {
    let rung = match shift.kind {
        ShiftKind::Line => None,
        ShiftKind::OnCall { rung } => Some(rung),
    };
    sqlx::query(
        "insert into shift (program_id, shift_id, counselor_id, rung, first_day, last_day, ends_with, starts, ends,
                            recurrence, canceled_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict on constraint shift_key do update
         set counselor_id = excluded.counselor_id, rung = excluded.rung, first_day = excluded.first_day,
             last_day = excluded.last_day, ends_with = excluded.ends_with, starts = excluded.starts,
             ends = excluded.ends, recurrence = excluded.recurrence, canceled_at = excluded.canceled_at",
    )
    .bind(scope.program())
    .bind(shift.id)
    .bind(&shift.counselor)
    .bind(rung)
    .bind(shift.first_day)
    .bind(shift.last_day)
    .bind(shift.ends_with())
    .bind(shift.hours.starts.minutes())
    .bind(shift.hours.ends.minutes())
    .bind(shift.recurrence.as_ref().map(ToString::to_string))
    .bind(shift.canceled_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A shift, locked.
pub(crate) async fn shift_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    shift: ShiftId,
) -> Result<Option<Shift>, StoreError> {
    let row: Option<ShiftRow> =
        sqlx::query_as("select * from shift where program_id = $1 and shift_id = $2 for update")
            .bind(scope.program())
            .bind(shift)
            .fetch_optional(tx.conn())
            .await?;
    row.map(Shift::try_from).transpose()
}

/// Cancels the days of a shift that begin at an instant or later.
pub(crate) async fn shift_cancel(
    tx: &mut Tx,
    scope: &ProgramScope,
    shift: ShiftId,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("update shift set canceled_at = least(canceled_at, $3) where program_id = $1 and shift_id = $2")
        .bind(scope.program())
        .bind(shift)
        .bind(at)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Puts a counselor on one day of a shift, or cancels the day.
pub(crate) async fn shift_day_put(
    tx: &mut Tx,
    scope: &ProgramScope,
    shift_day: ShiftDay,
    counselor: Option<&PersonId>,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into shift_day (program_id, shift_id, day, counselor_id) values ($1, $2, $3, $4)
         on conflict on constraint shift_day_key do update set counselor_id = excluded.counselor_id",
    )
    .bind(scope.program())
    .bind(shift_day.shift)
    .bind(shift_day.day)
    .bind(counselor)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Locks shifts and people until the transaction ends, so that no other call moves a day of these shifts or puts these
/// people on another. Always in the same order, so that two calls cannot deadlock.
pub(crate) async fn shifts_lock(
    tx: &mut Tx,
    scope: &ProgramScope,
    shifts: &[ShiftId],
    counselors: &[&PersonId],
) -> Result<(), StoreError> {
    sqlx::query("select 1 from shift where program_id = $1 and shift_id = any($2) order by shift_id for update")
        .bind(scope.program())
        .bind(shifts)
        .execute(tx.conn())
        .await?;
    sqlx::query(
        "select 1 from counselor where program_id = $1 and counselor_id = any($2) order by counselor_id
         for no key update",
    )
    .bind(scope.program())
    .bind(counselors.iter().map(|it| it.as_str()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The shifts after this one, by id.
pub(crate) async fn shift_list(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    after: Option<ShiftId>,
    most: i64,
) -> Result<Vec<Shift>, StoreError> {
    let rows: Vec<ShiftRow> = sqlx::query_as(
        "select * from shift where program_id = $1 and ($2::uuid is null or shift_id > $2) order by shift_id limit $3",
    )
    .bind(scope.program())
    .bind(after)
    .bind(most)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(Shift::try_from).collect()
}

/// The rows from which the roster of a span is computed.
pub(crate) async fn roster_facts(
    tx: &mut Tx,
    scope: &ProgramScope,
    zone: Zone,
    window: Span,
) -> Result<RosterFacts, StoreError> {
    let mut around = days_around(zone, window);
    let first = around.next().ok_or_else(|| StoreError::Fault("a time without a day".to_owned()))?;
    let last = around.last().unwrap_or(first);
    let rows: Vec<ShiftRow> = sqlx::query_as(
        "select * from shift
         where program_id = $1 and first_day <= $3 and (ends_with is null or ends_with >= $2)
           and (canceled_at is null or canceled_at > $4 - interval '2 days')",
    )
    .bind(scope.program())
    .bind(first)
    .bind(last)
    .bind(window.from)
    .fetch_all(tx.conn())
    .await?;
    let shifts: Vec<Shift> = rows.into_iter().map(Shift::try_from).collect::<Result<_, _>>()?;
    let changed: Vec<(ShiftId, NaiveDate, Option<PersonId>)> = sqlx::query_as(
        "select shift_id, day, counselor_id from shift_day where program_id = $1 and day between $2 and $3",
    )
    .bind(scope.program())
    .bind(first)
    .bind(last)
    .fetch_all(tx.conn())
    .await?;
    let changes: DayChanges =
        changed.into_iter().map(|(shift, day, counselor)| (ShiftDay { shift, day }, counselor)).collect();
    Ok(RosterFacts { shifts, changes, zone, window })
}
