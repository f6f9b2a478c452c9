//! Changing rows by where they are.
//!
//! A join by key is planned by how many rows a program is thought to have: few, in a table that is young, or where most
//! programs have few. Then it reads all of them to change one. Each row is looked up by its key instead.

use harborline_types::ProgramId;
use sqlx::{Postgres, QueryBuilder};

/// Ends an update that takes its values from a subquery, as yet open, of rows with the table's key.
pub(super) fn by_place(query: &mut QueryBuilder<Postgres>, program: ProgramId, table: &'static str, key: &'static str) {
    query.push(") as new cross join lateral (select ctid as place from ").push(table).push(" where program_id = ");
    // The offset keeps it a look-up of its own.
    query.push_bind(program).push(" and ").push(key).push(" = new.").push(key).push(" offset 0) as found where ");
    query.push(table).push(".ctid = found.place");
}
