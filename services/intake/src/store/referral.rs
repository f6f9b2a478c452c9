//! The referrals of a contact, as far as custody follows from them.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, FacilityId, Person, ReferralId, Timestamp};
use sqlx::{Executor, Postgres};

/// An acceptance, with a named person.
pub(crate) struct AcceptedReferral {
    pub(crate) referral: ReferralId,
    pub(crate) facility: FacilityId,
    pub(crate) owner: Person,
}

/// Notes that a referral of this chain is open, unless it was noted before.
pub(crate) async fn referral_register(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    referral: ReferralId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into contact_referral (program_id, contact_id, referral_id, registered_at) values ($1, $2, $3, $4)
         on conflict on constraint contact_referral_key do nothing",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(referral)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes the clinic's person who has accepted, also where the referral's end was told first: who owns follows from what is
/// open.
pub(crate) async fn referral_accept(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    accepted: &AcceptedReferral,
    now: Timestamp,
) -> Result<(), StoreError> {
    referral_register(tx, scope, chain, accepted.referral, now).await?;
    sqlx::query(
        "update contact_referral set facility_id = $3, owner_id = $4, owner_name = $5, accepted_at = $6
         where program_id = $1 and referral_id = $2",
    )
    .bind(scope.program())
    .bind(accepted.referral)
    .bind(accepted.facility)
    .bind(&accepted.owner.id)
    .bind(&accepted.owner.name)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that nothing of the referral is open any more, also of one that was never registered.
pub(crate) async fn referral_end(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    referral: ReferralId,
    now: Timestamp,
) -> Result<(), StoreError> {
    referral_register(tx, scope, chain, referral, now).await?;
    sqlx::query(
        "update contact_referral set ended_at = $3 where program_id = $1 and referral_id = $2 and ended_at is null",
    )
    .bind(scope.program())
    .bind(referral)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The inbound contact of a referral that is registered and of which nothing more is known; none otherwise.
pub(crate) async fn referral_unconfirmed(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    referral: ReferralId,
) -> Result<Option<ContactId>, StoreError> {
    let contact = sqlx::query_scalar(
        "select contact_id from contact_referral
         where program_id = $1 and referral_id = $2 and accepted_at is null and ended_at is null",
    )
    .bind(scope.program())
    .bind(referral)
    .fetch_optional(reader)
    .await?;
    Ok(contact)
}
