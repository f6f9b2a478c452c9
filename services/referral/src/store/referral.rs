//! Referrals with their offers and their history.

use harborline_disclosure::DataClass;
use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Acuity, ContactId, FacilityId, ParticipantId, Person, PersonId, Phi, ReferralId, Timestamp};
use sqlx::PgExecutor;

use crate::domain::{Draft, Event, Offer, OfferState, Owner, Referral, ReferralState, ServiceKind};
use crate::store::history::events_add;

#[derive(sqlx::FromRow)]
struct Row {
    referral_id: ReferralId,
    contact_id: ContactId,
    participant_id: Option<ParticipantId>,
    acuity: Option<i16>,
    service: ServiceKind,
    jurisdiction: Option<String>,
    summary: Sealed,
    data_classes: Vec<DataClass>,
    state: ReferralState,
    facility_id: Option<FacilityId>,
    accept_by: Option<Timestamp>,
    owner_id: Option<PersonId>,
    owner_name: Option<String>,
    expected_by: Option<Timestamp>,
    sequence: i32,
    created_at: Timestamp,
}

/// Where a referral's summary is sealed for.
pub(super) fn summary_place(id: ReferralId) -> Place {
    Place::new("referral", "summary", id)
}

impl Row {
    fn open(self, keys: &ProgramKeys, offers: Vec<Offer>) -> Result<Referral, StoreError> {
        let summary = keys.open(&summary_place(self.referral_id), &self.summary)?;
        let owner = self.owner_id.zip(self.owner_name).zip(self.expected_by);
        Ok(Referral {
            id: self.referral_id,
            draft: Draft {
                contact: self.contact_id,
                participant: self.participant_id,
                acuity: self.acuity.and_then(|level| Acuity::from_level(level.try_into().ok()?)),
                service: self.service,
                jurisdiction: self.jurisdiction,
                summary,
                classes: self.data_classes,
            },
            state: self.state,
            facility: self.facility_id,
            accept_by: self.accept_by.filter(|_| self.state == ReferralState::Claimed),
            owner: owner.map(|((id, name), expected_by)| Owner { person: Person { id, name }, expected_by }),
            sequence: self.sequence,
            offers,
            created_at: self.created_at,
        })
    }
}

#[derive(sqlx::FromRow)]
struct OfferRow {
    facility_id: FacilityId,
    state: OfferState,
    offered_at: Timestamp,
    claim_by: Timestamp,
    accept_by: Option<Timestamp>,
    sequence: i32,
    consent_revoked_at: Option<Timestamp>,
}

/// Adds a new referral with what happened so far.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    referral: &Referral,
    events: &[Event],
) -> Result<(), StoreError> {
    let summary = tx.keys().await?.seal(&summary_place(referral.id), &referral.draft.summary)?;
    sqlx::query(
        "insert into referral (program_id, referral_id, contact_id, participant_id, acuity, service, jurisdiction,
                               summary, data_classes, state, facility_id, sequence, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(scope.program())
    .bind(referral.id)
    .bind(referral.draft.contact)
    .bind(referral.draft.participant)
    .bind(referral.draft.acuity.map(|acuity| i16::from(acuity.level())))
    .bind(referral.draft.service)
    .bind(&referral.draft.jurisdiction)
    .bind(summary)
    .bind(&referral.draft.classes)
    .bind(referral.state)
    .bind(referral.facility)
    .bind(referral.sequence)
    .bind(referral.created_at)
    .execute(tx.conn())
    .await?;
    events_add(tx, scope, referral, events).await
}

/// How many referrals of a contact have not ended. They are locked first: of two calls that would add one, the second
/// counts what the first has added.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referrals_open(tx: &mut Tx, scope: &ProgramScope, contact: ContactId) -> Result<usize, StoreError> {
    const OPEN: [ReferralState; 4] =
        [ReferralState::Offered, ReferralState::Claimed, ReferralState::Accepted, ReferralState::OnHold];
    sqlx::query(
        "select 1 from referral where program_id = $1 and contact_id = $2 and state = any($3)
         order by referral_id for no key update",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(OPEN)
    .execute(tx.conn())
    .await?;
    let open: i64 = sqlx::query_scalar(
        "select count(*) from referral where program_id = $1 and contact_id = $2 and state = any($3)",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(OPEN)
    .fetch_one(tx.conn())
    .await?;
    Ok(usize::try_from(open).unwrap_or_default())
}

/// Saves a referral that was read for update, with what happened since.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_save(
    tx: &mut Tx,
    scope: &ProgramScope,
    referral: &Referral,
    events: &[Event],
) -> Result<(), StoreError> {
    let owner = referral.owner.as_ref();
    sqlx::query(
        "update referral set state = $3, facility_id = $4, owner_id = $5, owner_name = $6, expected_by = $7,
                             sequence = $8, accept_by = $9
         where program_id = $1 and referral_id = $2",
    )
    .bind(scope.program())
    .bind(referral.id)
    .bind(referral.state)
    .bind(referral.facility)
    .bind(owner.map(|owner| &owner.person.id))
    .bind(owner.map(|owner| &owner.person.name))
    .bind(owner.map(|owner| owner.expected_by))
    .bind(referral.sequence)
    .bind(referral.accept_by)
    .execute(tx.conn())
    .await?;
    events_add(tx, scope, referral, events).await
}

/// One referral, locked until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ReferralId,
) -> Result<Option<Referral>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select referral_id, contact_id, participant_id, acuity, service, jurisdiction, summary, data_classes, state,
                facility_id, accept_by, owner_id, owner_name, expected_by, sequence, created_at
         from referral where program_id = $1 and referral_id = $2 for update",
    )
    .bind(scope.program())
    .bind(id)
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let offers = offers_of(tx.conn(), scope, id).await?;
    let keys = tx.keys().await?;
    Ok(Some(row.open(&keys, offers)?))
}

/// One referral for reading, with its offers.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_read(
    store: &Store,
    scope: &ProgramScope,
    id: ReferralId,
) -> Result<Option<Referral>, StoreError> {
    let Some(referral) = referral_load(store, scope, id).await? else { return Ok(None) };
    let offers = offers_of(store.reader(scope), scope, id).await?;
    Ok(Some(Referral { offers, ..referral }))
}

async fn offers_of(
    connection: impl PgExecutor<'_>,
    scope: &ProgramScope,
    id: ReferralId,
) -> Result<Vec<Offer>, StoreError> {
    let rows: Vec<OfferRow> = sqlx::query_as(
        "select facility_id, state, offered_at, claim_by, accept_by, sequence, consent_revoked_at from referral_offer
         where program_id = $1 and referral_id = $2 order by offered_at, sequence",
    )
    .bind(scope.program())
    .bind(id)
    .fetch_all(connection)
    .await?;
    let offer = |row: OfferRow| Offer {
        facility: row.facility_id,
        state: row.state,
        offered_at: row.offered_at,
        claim_by: row.claim_by,
        accept_by: row.accept_by,
        sequence: row.sequence,
        consent_revoked_at: row.consent_revoked_at,
    };
    Ok(rows.into_iter().map(offer).collect())
}

/// One referral for reading, without its offers.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_load(
    store: &Store,
    scope: &ProgramScope,
    id: ReferralId,
) -> Result<Option<Referral>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select referral_id, contact_id, participant_id, acuity, service, jurisdiction, summary, data_classes, state,
                facility_id, accept_by, owner_id, owner_name, expected_by, sequence, created_at
         from referral where program_id = $1 and referral_id = $2",
    )
    .bind(scope.program())
    .bind(id)
    .fetch_optional(store.reader(scope))
    .await?;
    let keys = store.keys(scope).await?;
    row.map(|row| row.open(&keys, Vec::new())).transpose()
}

/// A contact's referrals for reading, oldest first, without their offers.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_list(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Vec<Referral>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select referral_id, contact_id, participant_id, acuity, service, jurisdiction, summary, data_classes, state,
                facility_id, accept_by, owner_id, owner_name, expected_by, sequence, created_at
         from referral where program_id = $1 and contact_id = $2
         order by created_at, referral_id",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_all(store.reader(scope))
    .await?;
    let keys = store.keys(scope).await?;
    rows.into_iter().map(|row| row.open(&keys, Vec::new())).collect()
}

/// What a clinic that has claimed must know.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_summary(
    store: &Store,
    scope: &ProgramScope,
    id: ReferralId,
) -> Result<Option<Phi<String>>, StoreError> {
    let sealed: Option<Sealed> =
        sqlx::query_scalar("select summary from referral where program_id = $1 and referral_id = $2")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(store.reader(scope))
            .await?;
    let Some(sealed) = sealed else { return Ok(None) };
    Ok(Some(store.keys(scope).await?.open(&summary_place(id), &sealed)?))
}
