//! The supervisor on call.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Person, PersonId};
use sqlx::PgConnection;

/// The supervisor on call, with the number of the change that named them.
pub(crate) struct OnCall {
    pub(crate) supervisor: Person,
    pub(crate) sequence: i64,
}

/// Names the supervisor on call; returns the change's number.
pub(crate) async fn on_call_put(tx: &mut Tx, scope: &ProgramScope, supervisor: &Person) -> Result<i64, StoreError> {
    let sequence = sqlx::query_scalar(
        "insert into supervisor_on_call (program_id, supervisor_id, name, sequence) values ($1, $2, $3, 1)
         on conflict on constraint supervisor_on_call_key do update
         set supervisor_id = excluded.supervisor_id, name = excluded.name,
             sequence = supervisor_on_call.sequence + 1
         returning sequence",
    )
    .bind(scope.program())
    .bind(&supervisor.id)
    .bind(&supervisor.name)
    .fetch_one(tx.conn())
    .await?;
    tx.hint_with_commit(super::on_call_hint(scope.program())).await?;
    Ok(sequence)
}

/// The id of the supervisor on call, if one was named.
pub(crate) async fn on_call_person(
    connection: &mut PgConnection,
    scope: &ProgramScope,
) -> Result<Option<PersonId>, StoreError> {
    let id = sqlx::query_scalar("select supervisor_id from supervisor_on_call where program_id = $1")
        .bind(scope.program())
        .fetch_optional(connection)
        .await?;
    Ok(id)
}

/// The supervisor on call, if one was named.
pub(crate) async fn on_call_get(store: &Store, scope: &ProgramScope) -> Result<Option<OnCall>, StoreError> {
    let row: Option<(PersonId, String, i64)> =
        sqlx::query_as("select supervisor_id, name, sequence from supervisor_on_call where program_id = $1")
            .bind(scope.program())
            .fetch_optional(store.reader(scope))
            .await?;
    Ok(row.map(|(id, name, sequence)| OnCall { supervisor: Person { id, name }, sequence }))
}
