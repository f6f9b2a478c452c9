//! Who opened a contact with an access token of their own.

use harborline_identity::ProgramScope;
use harborline_store::StoreError;
use harborline_types::{ContactId, PersonId};
use sqlx::{Executor, Postgres};

/// Whether somebody opened a contact with an access token of their own.
pub(crate) async fn contact_is_opened_by(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ContactId,
    person: &PersonId,
) -> Result<bool, StoreError> {
    let is_opened = sqlx::query_scalar(
        "select exists (select 1 from contact where program_id = $1 and contact_id = $2 and opened_by = $3)",
    )
    .bind(scope.program())
    .bind(id)
    .bind(person)
    .fetch_one(reader)
    .await?;
    Ok(is_opened)
}

/// Who opened a contact with an access token of their own; none where a front end did.
pub(crate) async fn contact_opener(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ContactId,
) -> Result<Option<PersonId>, StoreError> {
    let opener: Option<Option<PersonId>> =
        sqlx::query_scalar("select opened_by from contact where program_id = $1 and contact_id = $2")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(reader)
            .await?;
    Ok(opener.flatten())
}
