//! Updating rows by their physical place (`ctid`).
//!
//! Postgres plans a join by the estimated rows of a program. In a young table, or where most programs have few rows,
//! the estimate is low, and the join reads all rows of the program to change one. So each row is looked up by its key.

use harborline_types::ProgramId;
use sqlx::{Postgres, QueryBuilder};

/// Ends an update that takes its values from a subquery `new`, not closed yet, whose rows have the table's key.
pub(super) fn by_place(query: &mut QueryBuilder<Postgres>, program: ProgramId, table: &'static str, key: &'static str) {
    query.push(") as new cross join lateral (select ctid as place from ").push(table).push(" where program_id = ");
    // `offset 0` keeps the planner from turning the look-up into a join.
    query.push_bind(program).push(" and ").push(key).push(" = new.").push(key).push(" offset 0) as found where ");
    query.push(table).push(".ctid = found.place");
}
