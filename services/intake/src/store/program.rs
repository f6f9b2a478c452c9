//! Programs.

use chrono::TimeDelta;
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{Person, PersonId, ProgramId};
use sqlx::{Executor, FromRow, Postgres};

use crate::domain::care::Program;

#[derive(FromRow)]
pub(super) struct ProgramRow {
    program_id: ProgramId,
    name: String,
    clinical_director_id: PersonId,
    clinical_director_name: String,
    backup_line: String,
    backup_text_line: Option<String>,
    supervisor_id: Option<PersonId>,
    supervisor_name: Option<String>,
    part2_program: bool,
    same_caller_within_seconds: i32,
}

impl From<ProgramRow> for Program {
    fn from(row: ProgramRow) -> Self {
        Self {
            id: row.program_id,
            name: row.name,
            clinical_director: Person { id: row.clinical_director_id, name: row.clinical_director_name },
            backup_line: row.backup_line,
            backup_text_line: row.backup_text_line,
            supervisor: person(row.supervisor_id, row.supervisor_name),
            is_part2: row.part2_program,
            same_caller_within: TimeDelta::seconds(row.same_caller_within_seconds.into()),
        }
    }
}

/// A person of two columns.
pub(super) fn person(id: Option<PersonId>, name: Option<String>) -> Option<Person> {
    Some(Person { id: id?, name: name? })
}

/// The program, if it was put.
pub(crate) async fn program_get(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
) -> Result<Option<Program>, StoreError> {
    let row: Option<ProgramRow> = sqlx::query_as("select * from program where program_id = $1")
        .bind(scope.program())
        .fetch_optional(reader)
        .await?;
    Ok(row.map(Program::from))
}

/// The program, whose supervisor on call does not change until the transaction ends.
pub(crate) async fn program_share(tx: &mut Tx, scope: &ProgramScope) -> Result<Option<Program>, StoreError> {
    let row: Option<ProgramRow> = sqlx::query_as("select * from program where program_id = $1 for share")
        .bind(scope.program())
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(Program::from))
}

/// The program and the sequence of its supervisor, for a change.
pub(crate) async fn program_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
) -> Result<Option<(Program, i64)>, StoreError> {
    let row: Option<ProgramRow> = sqlx::query_as("select * from program where program_id = $1 for no key update")
        .bind(scope.program())
        .fetch_optional(tx.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let sequence = sqlx::query_scalar("select supervisor_sequence from program where program_id = $1")
        .bind(scope.program())
        .fetch_one(tx.conn())
        .await?;
    Ok(Some((row.into(), sequence)))
}

/// What is put of a program.
pub(crate) struct ProgramPut {
    pub(crate) name: String,
    pub(crate) clinical_director: Person,
    pub(crate) backup_line: String,
    pub(crate) backup_text_line: Option<String>,
    /// That it is under Part 2; false leaves that as it is.
    pub(crate) is_part2: bool,
    pub(crate) same_caller_within: TimeDelta,
}

/// Creates or changes the program; its supervisor on call stays, and so does its protection.
pub(crate) async fn program_put(tx: &mut Tx, scope: &ProgramScope, put: &ProgramPut) -> Result<Program, StoreError> {
    let row: ProgramRow = sqlx::query_as(
        "insert into program (program_id, name, clinical_director_id, clinical_director_name, backup_line, part2_program,
             backup_text_line, same_caller_within_seconds)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict on constraint program_key do update
         set name = excluded.name, clinical_director_id = excluded.clinical_director_id,
             clinical_director_name = excluded.clinical_director_name, backup_line = excluded.backup_line,
             part2_program = program.part2_program or excluded.part2_program, backup_text_line = excluded.backup_text_line,
             same_caller_within_seconds = excluded.same_caller_within_seconds
         returning *",
    )
    .bind(scope.program())
    .bind(&put.name)
    .bind(&put.clinical_director.id)
    .bind(&put.clinical_director.name)
    .bind(&put.backup_line)
    .bind(put.is_part2)
    .bind(&put.backup_text_line)
    .bind(i32::try_from(put.same_caller_within.num_seconds()).unwrap_or(i32::MAX))
    .fetch_one(tx.conn())
    .await?;
    Ok(row.into())
}

/// Names the supervisor on call.
pub(crate) async fn program_supervisor_set(
    tx: &mut Tx,
    scope: &ProgramScope,
    supervisor: &Person,
    sequence: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "update program set supervisor_id = $2, supervisor_name = $3, supervisor_sequence = $4 where program_id = $1",
    )
    .bind(scope.program())
    .bind(&supervisor.id)
    .bind(&supervisor.name)
    .bind(sequence)
    .execute(tx.conn())
    .await?;
    Ok(())
}
