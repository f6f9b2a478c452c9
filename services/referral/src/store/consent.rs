//! Consents that were revoked, as intake tells.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{ConsentId, Timestamp};

/// Notes that a consent was revoked; answers whether that is news.
pub(crate) async fn consent_revoked(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ConsentId,
    revoked_at: Timestamp,
) -> Result<bool, StoreError> {
    let noted = sqlx::query(
        "insert into revoked_consent (program_id, consent_id, revoked_at) values ($1, $2, $3)
         on conflict on constraint revoked_consent_key do nothing",
    )
    .bind(scope.program())
    .bind(id)
    .bind(revoked_at)
    .execute(tx.conn())
    .await?;
    Ok(noted.rows_affected() == 1)
}
