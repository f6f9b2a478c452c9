//! The end of a program's protection under 42 CFR Part 2, with its reason sealed.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{StoreError, Tx};
use harborline_types::{PersonId, Timestamp};
use sqlx::{Executor, FromRow, Postgres};

use super::program::{ProgramRow, person};
use crate::domain::care::{Part2End, Program};

#[derive(FromRow)]
struct ProgramWithEnd {
    #[sqlx(flatten)]
    program: ProgramRow,
    ended_at: Option<Timestamp>,
    ended_by_id: Option<PersonId>,
    ended_by_name: Option<String>,
    reason: Option<Sealed>,
}

fn place(at: Timestamp) -> Place {
    Place::new("part2_ended", "reason", at.timestamp_micros())
}

/// Ends the program's protection, and keeps who did so and why.
pub(crate) async fn part2_end(tx: &mut Tx, scope: &ProgramScope, end: &Part2End) -> Result<(), StoreError> {
    let reason = tx.keys().await?.seal(&place(end.at), &end.reason)?;
    sqlx::query(
        "with ended as (update program set part2_program = false where program_id = $1)
         insert into part2_ended (program_id, ended_at, ended_by_id, ended_by_name, reason) values ($1, $2, $3, $4, $5)",
    )
    .bind(scope.program())
    .bind(end.at)
    .bind(&end.by.id)
    .bind(&end.by.name)
    .bind(reason)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The program, if it was put, and the last end of its protection, if it is not under Part 2.
pub(crate) async fn program_with_part2_end(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
) -> Result<Option<(Program, Option<Part2End>)>, StoreError> {
    let row: Option<ProgramWithEnd> = sqlx::query_as(
        "select program.*, last.ended_at, last.ended_by_id, last.ended_by_name, last.reason
         from program
         left join lateral (
             select * from part2_ended where part2_ended.program_id = program.program_id and not program.part2_program
             order by ended_at desc limit 1
         ) as last on true
         where program.program_id = $1",
    )
    .bind(scope.program())
    .fetch_optional(reader)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (by, end) = (person(row.ended_by_id, row.ended_by_name), row.ended_at.zip(row.reason));
    let end = by
        .zip(end)
        .map(|(by, (at, reason))| Ok::<_, StoreError>(Part2End { by, at, reason: keys.open(&place(at), &reason)? }));
    Ok(Some((row.program.into(), end.transpose()?)))
}
