//! Lowerings that wait for the second person, and how each ended.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Acuity, ContactId, LoweringId, PersonId, Timestamp};
use sqlx::{Executor, Postgres};

use crate::domain::lowering::Lowering;

#[derive(sqlx::FromRow)]
struct Row {
    lowering_id: LoweringId,
    contact_id: ContactId,
    from_acuity: Acuity,
    acuity: Acuity,
    reason: Sealed,
    judged_by_id: PersonId,
    judged_at: Timestamp,
    expires_at: Timestamp,
    ended_at: Option<Timestamp>,
    confirmed_by_id: Option<PersonId>,
}

fn place(id: LoweringId) -> Place {
    Place::new("lowering", "reason", id)
}

impl Row {
    fn open(self, keys: &ProgramKeys) -> Result<Lowering, StoreError> {
        Ok(Lowering {
            id: self.lowering_id,
            contact: self.contact_id,
            from: self.from_acuity,
            acuity: self.acuity,
            reason: keys.open(&place(self.lowering_id), &self.reason)?,
            judged_by: self.judged_by_id,
            judged_at: self.judged_at,
            expires_at: self.expires_at,
            ended_at: self.ended_at,
            confirmed_by: self.confirmed_by_id,
        })
    }
}

/// Keeps a lowering that somebody judged.
pub(crate) async fn lowering_insert(tx: &mut Tx, scope: &ProgramScope, lowering: &Lowering) -> Result<(), StoreError> {
    let reason = tx.keys().await?.seal(&place(lowering.id), &lowering.reason)?;
    sqlx::query(
        "insert into lowering (program_id, lowering_id, contact_id, from_acuity, acuity, reason, judged_by_id,
                               judged_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(scope.program())
    .bind(lowering.id)
    .bind(lowering.contact)
    .bind(lowering.from)
    .bind(lowering.acuity)
    .bind(reason)
    .bind(&lowering.judged_by)
    .bind(lowering.judged_at)
    .bind(lowering.expires_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends the lowering of a contact that has not ended yet, in nobody's name, and says which it was.
pub(crate) async fn lowering_end(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    now: Timestamp,
) -> Result<Option<LoweringId>, StoreError> {
    let ended = sqlx::query_scalar(
        "update lowering set ended_at = $3
         where program_id = $1 and contact_id = $2 and ended_at is null returning lowering_id",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    Ok(ended)
}

/// The lowering of a contact that waits for the second person.
pub(crate) async fn lowering_pending(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    now: Timestamp,
) -> Result<Option<LoweringId>, StoreError> {
    let pending = sqlx::query_scalar(
        "select lowering_id from lowering
         where program_id = $1 and contact_id = $2 and ended_at is null and expires_at > $3",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    Ok(pending)
}

/// One lowering.
pub(crate) async fn lowering_find(
    store: &Store,
    scope: &ProgramScope,
    id: LoweringId,
) -> Result<Option<Lowering>, StoreError> {
    let keys = store.keys(scope).await?;
    find(&keys, store.reader(scope), scope, id).await
}

/// One lowering, as this transaction sees it.
pub(crate) async fn lowering_find_in(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: LoweringId,
) -> Result<Option<Lowering>, StoreError> {
    let keys = tx.keys().await?;
    find(&keys, tx.conn(), scope, id).await
}

async fn find(
    keys: &ProgramKeys,
    from: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: LoweringId,
) -> Result<Option<Lowering>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select lowering_id, contact_id, from_acuity, acuity, reason, judged_by_id, judged_at, expires_at, ended_at,
                confirmed_by_id
         from lowering where program_id = $1 and lowering_id = $2",
    )
    .bind(scope.program())
    .bind(id)
    .fetch_optional(from)
    .await?;
    row.map(|row| row.open(keys)).transpose()
}
