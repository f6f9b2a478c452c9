//! Which ids of referrals are taken, and which never will be.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::ReferralId;

use crate::domain::ReferralState;

/// What is decided about an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existence {
    /// Nothing yet.
    Open,
    /// A referral has it.
    Made,
    /// Intake was told that no referral has it, so none ever will.
    Never,
}

impl Existence {
    fn of(is_made: Option<bool>) -> Self {
        match is_made {
            None => Self::Open,
            Some(true) => Self::Made,
            Some(false) => Self::Never,
        }
    }
}

/// What is decided about an id so far.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_existence(
    store: &Store,
    scope: &ProgramScope,
    id: ReferralId,
) -> Result<Existence, StoreError> {
    let is_made = sqlx::query_scalar(KNOWN).bind(scope.program()).bind(id).fetch_optional(store.reader(scope)).await?;
    Ok(Existence::of(is_made))
}

/// Takes an open id for a referral, in the transaction that makes it. Answers what was decided before: the caller has
/// the id when that was [`Existence::Open`].
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_take_id(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ReferralId,
) -> Result<Existence, StoreError> {
    decide(tx, scope, id, true).await
}

/// Where a referral stands; `None` when there is none, and from this transaction's commit on never will be.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_state_or_never(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ReferralId,
) -> Result<Option<ReferralState>, StoreError> {
    // Looked for first: a referral from before the table of ids has no row in it.
    if let Some(state) = state(tx, scope, id).await? {
        return Ok(Some(state));
    }
    match decide(tx, scope, id, false).await? {
        Existence::Open | Existence::Never => Ok(None),
        // It was made between the two statements.
        Existence::Made => state(tx, scope, id).await,
    }
}

/// Decides about an open id. A transaction that decides about the same one is waited for.
async fn decide(tx: &mut Tx, scope: &ProgramScope, id: ReferralId, is_made: bool) -> Result<Existence, StoreError> {
    let decided = sqlx::query(
        "insert into referral_existence (program_id, referral_id, is_made) values ($1, $2, $3)
         on conflict on constraint referral_existence_key do nothing",
    )
    .bind(scope.program())
    .bind(id)
    .bind(is_made)
    .execute(tx.conn())
    .await?;
    if decided.rows_affected() == 1 {
        return Ok(Existence::Open);
    }
    let known = sqlx::query_scalar(KNOWN).bind(scope.program()).bind(id).fetch_optional(tx.conn()).await?;
    Ok(Existence::of(known))
}

async fn state(tx: &mut Tx, scope: &ProgramScope, id: ReferralId) -> Result<Option<ReferralState>, StoreError> {
    let state = sqlx::query_scalar("select state from referral where program_id = $1 and referral_id = $2")
        .bind(scope.program())
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    Ok(state)
}

const KNOWN: &str = "select is_made from referral_existence where program_id = $1 and referral_id = $2";
