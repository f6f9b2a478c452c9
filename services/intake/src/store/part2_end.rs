//! The end of a program's protection under 42 CFR Part 2, with its reason sealed.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, Sealed};
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Person, PersonId, Timestamp};
use sqlx::FromRow;

use crate::domain::care::Part2End;

#[derive(FromRow)]
struct Part2EndRow {
    ended_at: Timestamp,
    ended_by_id: PersonId,
    ended_by_name: String,
    reason: Sealed,
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

/// The last end of the program's protection.
pub(crate) async fn part2_last_end(store: &Store, scope: &ProgramScope) -> Result<Option<Part2End>, StoreError> {
    let row: Option<Part2EndRow> =
        sqlx::query_as("select * from part2_ended where program_id = $1 order by ended_at desc limit 1")
            .bind(scope.program())
            .fetch_optional(store.reader(scope))
            .await?;
    let Some(row) = row else { return Ok(None) };
    let keys = store.keys(scope).await?;
    Ok(Some(Part2End {
        by: Person { id: row.ended_by_id, name: row.ended_by_name },
        at: row.ended_at,
        reason: keys.open(&place(row.ended_at), &row.reason)?,
    }))
}
