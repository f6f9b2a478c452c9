//! What was told to whom, and what it takes to decide about it.

use harborline_disclosure::DataClass;
use harborline_identity::{ClinicScope, ProgramScope};
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{ConsentId, ContactId, FacilityId, ParticipantId, ReferralId, Timestamp};
use uuid::Uuid;

use crate::domain::disclosure::Permitted;
use crate::domain::{OfferState, ServiceKind};

/// A referral at one clinic, as far as telling it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tellable {
    /// Which.
    pub referral: ReferralId,
    /// About which contact.
    pub contact: ContactId,
    /// Whose contact.
    pub participant: Option<ParticipantId>,
    /// What the summary holds.
    pub classes: Vec<DataClass>,
    /// Where the referral stands for the clinic now.
    pub state: OfferState,
    /// Whether the clinic gives health care.
    pub gives_care: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    contact_id: ContactId,
    participant_id: Option<ParticipantId>,
    data_classes: Vec<DataClass>,
    state: OfferState,
    services: Vec<ServiceKind>,
}

/// A referral that the clinic was asked for; nothing when it was not.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn tellable(
    store: &Store,
    clinic: &ClinicScope,
    id: ReferralId,
) -> Result<Option<Tellable>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select r.contact_id, r.participant_id, r.data_classes, o.state, f.services
         from referral_offer o
         join referral r on r.program_id = o.program_id and r.referral_id = o.referral_id
         join facility f on f.program_id = o.program_id and f.facility_id = o.facility_id
         where o.program_id = $1 and o.facility_id = $2 and o.referral_id = $3",
    )
    .bind(clinic.program().program())
    .bind(clinic.clinic())
    .bind(id)
    .fetch_optional(store.reader(clinic.program()))
    .await?;
    Ok(row.map(|row| Tellable {
        referral: id,
        contact: row.contact_id,
        participant: row.participant_id,
        classes: row.data_classes,
        state: row.state,
        gives_care: row.services.iter().any(|service| service.is_care()),
    }))
}

/// Puts one disclosure on record, a row for each class; the same disclosure again adds nothing. Answers whether it is
/// news.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn disclosure_insert(
    tx: &mut Tx,
    clinic: &ClinicScope,
    id: Uuid,
    told: &Tellable,
    permitted: &Permitted,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let mut news = false;
    for grant in &permitted.grants {
        let inserted = sqlx::query(
            "insert into disclosure (program_id, disclosure_id, data_class, referral_id, contact_id, participant_id,
                                     facility_id, basis, consent_id, break_glass_id, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             on conflict on constraint disclosure_key do nothing",
        )
        .bind(clinic.program().program())
        .bind(id)
        .bind(grant.class)
        .bind(told.referral)
        .bind(told.contact)
        .bind(told.participant)
        .bind(clinic.clinic())
        .bind(grant.basis)
        .bind(grant.consent.as_ref().map(|(id, _)| *id))
        .bind(grant.emergency)
        .bind(at)
        .execute(tx.conn())
        .await?;
        news |= inserted.rows_affected() > 0;
    }
    Ok(news)
}

/// Who was told under a consent: referrals in the order of their ids, each with its facilities.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn told_under(
    tx: &mut Tx,
    scope: &ProgramScope,
    consent: ConsentId,
) -> Result<Vec<(ReferralId, Vec<FacilityId>)>, StoreError> {
    let told = sqlx::query_as(
        "select referral_id, array_agg(distinct facility_id) from disclosure
         where program_id = $1 and consent_id = $2 group by referral_id order by referral_id",
    )
    .bind(scope.program())
    .bind(consent)
    .fetch_all(tx.conn())
    .await?;
    Ok(told)
}
