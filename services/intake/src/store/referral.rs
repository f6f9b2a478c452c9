//! Referrals that a clinic has accepted.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, FacilityId, Person, ReferralId, Timestamp};

/// An acceptance, with a named person.
pub(crate) struct AcceptedReferral {
    pub(crate) referral: ReferralId,
    pub(crate) facility: FacilityId,
    pub(crate) owner: Person,
}

/// Notes who has accepted what follows a contact. The newest acceptance counts.
pub(crate) async fn referral_accept(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    accepted: &AcceptedReferral,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into accepted_referral
             (program_id, contact_id, referral_id, facility_id, owner_id, owner_name, accepted_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict on constraint accepted_referral_key do update
         set referral_id = excluded.referral_id, facility_id = excluded.facility_id, owner_id = excluded.owner_id,
             owner_name = excluded.owner_name, accepted_at = excluded.accepted_at",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(accepted.referral)
    .bind(accepted.facility)
    .bind(&accepted.owner.id)
    .bind(&accepted.owner.name)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}
