//! Swaps of shift days.

use chrono::NaiveDate;
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{PersonId, ShiftId, SwapId};
use sqlx::{Executor, Postgres};

use crate::domain::shift::{ShiftDay, Swap, SwapState};

#[derive(sqlx::FromRow)]
struct SwapRow {
    swap_id: SwapId,
    state: SwapState,
    offered_by: PersonId,
    given_shift_id: ShiftId,
    given_day: NaiveDate,
    offered_to: Option<PersonId>,
    return_shift_id: Option<ShiftId>,
    return_day: Option<NaiveDate>,
    accepted_by: Option<PersonId>,
}

impl From<SwapRow> for Swap {
    fn from(row: SwapRow) -> Self {
        let in_return = row.return_shift_id.zip(row.return_day).map(|(shift, day)| ShiftDay { shift, day });
        Self {
            id: row.swap_id,
            state: row.state,
            offered_by: row.offered_by,
            given: ShiftDay { shift: row.given_shift_id, day: row.given_day },
            offered_to: row.offered_to,
            in_return,
            accepted_by: row.accepted_by,
        }
    }
}

/// Inserts a swap that is offered.
pub(crate) async fn swap_create(tx: &mut Tx, scope: &ProgramScope, swap: &Swap) -> Result<(), StoreError> {
    sqlx::query(
        "insert into shift_swap (program_id, swap_id, state, offered_by, given_shift_id, given_day, offered_to,
                                 return_shift_id, return_day)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(scope.program())
    .bind(swap.id)
    .bind(swap.state)
    .bind(&swap.offered_by)
    .bind(swap.given.shift)
    .bind(swap.given.day)
    .bind(&swap.offered_to)
    .bind(swap.in_return.map(|returned| returned.shift))
    .bind(swap.in_return.map(|returned| returned.day))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A swap, locked.
pub(crate) async fn swap_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    swap: SwapId,
) -> Result<Option<Swap>, StoreError> {
    let row: Option<SwapRow> =
        sqlx::query_as("select * from shift_swap where program_id = $1 and swap_id = $2 for update")
            .bind(scope.program())
            .bind(swap)
            .fetch_optional(tx.conn())
            .await?;
    Ok(row.map(Swap::from))
}

/// Updates the state of a swap.
pub(crate) async fn swap_save(tx: &mut Tx, scope: &ProgramScope, swap: &Swap) -> Result<(), StoreError> {
    sqlx::query("update shift_swap set state = $3, accepted_by = $4 where program_id = $1 and swap_id = $2")
        .bind(scope.program())
        .bind(swap.id)
        .bind(swap.state)
        .bind(&swap.accepted_by)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The swaps after this one that are offered or wait for a supervisor, by id; `concerning` a counselor, or all.
pub(crate) async fn swap_list(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    concerning: Option<&PersonId>,
    after: Option<SwapId>,
    most: i64,
) -> Result<Vec<Swap>, StoreError> {
    let rows: Vec<SwapRow> = sqlx::query_as(
        "select * from shift_swap
         where program_id = $1 and state in ('offered', 'accepted')
           and ($2::text is null or offered_by = $2 or coalesce(accepted_by, offered_to, $2) = $2)
           and ($3::uuid is null or swap_id > $3)
         order by swap_id limit $4",
    )
    .bind(scope.program())
    .bind(concerning)
    .bind(after)
    .bind(most)
    .fetch_all(reader)
    .await?;
    Ok(rows.into_iter().map(Swap::from).collect())
}
