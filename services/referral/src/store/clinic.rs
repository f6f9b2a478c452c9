//! What concerns one clinic, in the order of its cursor.

use harborline_identity::{ClinicScope, ProgramScope};
use harborline_store::{HintKey, Store, StoreError, Tx};
use harborline_types::{ContactId, FacilityId, ReferralId, Timestamp};

use crate::domain::{ClinicView, EventKind, OfferState, ServiceKind};

/// One change that concerns a clinic.
#[derive(Debug)]
pub(crate) struct ClinicChange {
    /// Its place in the clinic's order.
    pub change: i64,
    /// What the clinic sees of it.
    pub view: ClinicView,
}

#[derive(sqlx::FromRow)]
struct Row {
    referral_id: ReferralId,
    contact_id: ContactId,
    /// Where the referral stands for the clinic now.
    state: OfferState,
    service: ServiceKind,
    jurisdiction: Option<String>,
    offered_at: Timestamp,
    claim_by: Timestamp,
    accept_by: Option<Timestamp>,
    expected_by: Option<Timestamp>,
    sequence: i32,
    clinic_change: i64,
    consent_revoked_at: Option<Timestamp>,
    /// What happened; null where the present is shown.
    kind: Option<EventKind>,
}

impl From<Row> for ClinicChange {
    fn from(row: Row) -> Self {
        let state = row.kind.and_then(EventKind::offer_state).unwrap_or(row.state);
        let view = ClinicView {
            referral: row.referral_id,
            contact: row.contact_id,
            state,
            service: row.service,
            jurisdiction: row.jurisdiction,
            discloses: state.discloses() && row.state.discloses(),
            offered_at: row.offered_at,
            claim_by: row.claim_by,
            accept_by: row.accept_by.filter(|_| state == OfferState::Claimed),
            expected_by: row.expected_by.filter(|_| state.promises() && row.state.promises()),
            sequence: row.sequence,
            consent_revoked_at: row.consent_revoked_at,
        };
        Self { change: row.clinic_change, view }
    }
}

/// What the clinic's streams wait for.
pub(crate) fn clinic_hint(scope: &ProgramScope, clinic: FacilityId) -> HintKey {
    HintKey::new("clinic", format!("{}/{clinic}", scope.program()))
}

/// Takes the number of the clinic's next change. The counter stays locked until the commit, so that numbers become
/// visible in their order.
pub(crate) async fn clinic_next_change(
    tx: &mut Tx,
    scope: &ProgramScope,
    clinic: FacilityId,
) -> Result<i64, StoreError> {
    let number = sqlx::query_scalar(
        "insert into clinic_cursor (program_id, facility_id, last) values ($1, $2, 1)
         on conflict on constraint clinic_cursor_key do update set last = clinic_cursor.last + 1 returning last",
    )
    .bind(scope.program())
    .bind(clinic)
    .fetch_one(tx.conn())
    .await?;
    Ok(number)
}

/// The number of the clinic's last change; 0 when there was none.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn clinic_last_change(store: &Store, clinic: &ClinicScope) -> Result<i64, StoreError> {
    let last = sqlx::query_scalar("select last from clinic_cursor where program_id = $1 and facility_id = $2")
        .bind(clinic.program().program())
        .bind(clinic.clinic())
        .fetch_optional(store.reader(clinic.program()))
        .await?;
    Ok(last.unwrap_or(0))
}

/// What is open at the clinic and has not changed after `last`, in the order of the cursor.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn clinic_open(
    store: &Store,
    clinic: &ClinicScope,
    last: i64,
) -> Result<Vec<ClinicChange>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select o.referral_id, r.contact_id, o.state, r.service, r.jurisdiction, o.offered_at, o.claim_by, o.accept_by,
                r.expected_by, o.sequence, o.clinic_change, o.consent_revoked_at, null::text as kind
         from referral_offer o join referral r using (program_id, referral_id)
         where o.program_id = $1 and o.facility_id = $2 and o.state in ('offered', 'claimed', 'accepted', 'on_hold')
           and o.clinic_change <= $3
         order by o.clinic_change",
    )
    .bind(clinic.program().program())
    .bind(clinic.clinic())
    .bind(last)
    .fetch_all(store.reader(clinic.program()))
    .await?;
    Ok(rows.into_iter().map(ClinicChange::from).collect())
}

/// Up to `most` changes that concern the clinic, from behind a number on, in the order of the cursor.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn clinic_changes(
    store: &Store,
    clinic: &ClinicScope,
    after: i64,
    most: i64,
) -> Result<Vec<ClinicChange>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select e.referral_id, r.contact_id, o.state, r.service, r.jurisdiction, o.offered_at, o.claim_by, o.accept_by,
                r.expected_by, e.sequence, e.clinic_change, o.consent_revoked_at, e.kind
         from referral_event e
         join referral_offer o using (program_id, referral_id, facility_id)
         join referral r using (program_id, referral_id)
         where e.program_id = $1 and e.facility_id = $2 and e.clinic_change > $3
         order by e.clinic_change limit $4",
    )
    .bind(clinic.program().program())
    .bind(clinic.clinic())
    .bind(after)
    .bind(most)
    .fetch_all(store.reader(clinic.program()))
    .await?;
    Ok(rows.into_iter().map(ClinicChange::from).collect())
}

/// One referral as the clinic sees it now; nothing when it was never asked.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn clinic_view(
    store: &Store,
    clinic: &ClinicScope,
    id: ReferralId,
) -> Result<Option<ClinicView>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select o.referral_id, r.contact_id, o.state, r.service, r.jurisdiction, o.offered_at, o.claim_by, o.accept_by,
                r.expected_by, o.sequence, o.clinic_change, o.consent_revoked_at, null::text as kind
         from referral_offer o join referral r using (program_id, referral_id)
         where o.program_id = $1 and o.facility_id = $2 and o.referral_id = $3",
    )
    .bind(clinic.program().program())
    .bind(clinic.clinic())
    .bind(id)
    .fetch_optional(store.reader(clinic.program()))
    .await?;
    Ok(row.map(|row| ClinicChange::from(row).view))
}
