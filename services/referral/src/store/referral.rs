//! Referrals with their offers and their history.

use harborline_disclosure::DataClass;
use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{ContactId, FacilityId, ParticipantId, Person, PersonId, Phi, ReferralId, Timestamp};
use sqlx::PgExecutor;

use crate::domain::{
    DeclineReason, Draft, Event, EventKind, Offer, OfferState, Owner, Referral, ReferralState, ServiceKind,
};
use crate::store::clinic::{clinic_hint, clinic_next_change};

#[derive(sqlx::FromRow)]
struct Row {
    referral_id: ReferralId,
    contact_id: ContactId,
    participant_id: Option<ParticipantId>,
    service: ServiceKind,
    jurisdiction: Option<String>,
    summary: Sealed,
    data_classes: Vec<DataClass>,
    state: ReferralState,
    facility_id: Option<FacilityId>,
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
                service: self.service,
                jurisdiction: self.jurisdiction,
                summary,
                classes: self.data_classes,
            },
            state: self.state,
            facility: self.facility_id,
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
    sequence: i32,
    consent_revoked_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    referral_id: ReferralId,
    sequence: i32,
    kind: EventKind,
    facility_id: Option<FacilityId>,
    decline_reason: Option<DeclineReason>,
    at: Timestamp,
}

/// Adds a new referral with what happened so far.
///
/// # Errors
/// When the database does not answer.
pub async fn referral_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    referral: &Referral,
    events: &[Event],
) -> Result<(), StoreError> {
    let summary = tx.keys().await?.seal(&summary_place(referral.id), &referral.draft.summary)?;
    sqlx::query(
        "insert into referral (program_id, referral_id, contact_id, participant_id, service, jurisdiction, summary,
                               data_classes, state, facility_id, sequence, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(scope.program())
    .bind(referral.id)
    .bind(referral.draft.contact)
    .bind(referral.draft.participant)
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

/// Saves a referral that was read for update, with what happened since.
///
/// # Errors
/// When the database does not answer.
pub async fn referral_save(
    tx: &mut Tx,
    scope: &ProgramScope,
    referral: &Referral,
    events: &[Event],
) -> Result<(), StoreError> {
    let owner = referral.owner.as_ref();
    sqlx::query(
        "update referral set state = $3, facility_id = $4, owner_id = $5, owner_name = $6, expected_by = $7,
                             sequence = $8
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
    .execute(tx.conn())
    .await?;
    events_add(tx, scope, referral, events).await
}

/// Writes down what happened, each change of a clinic's under its next number, and wakes the clinics' streams.
async fn events_add(
    tx: &mut Tx,
    scope: &ProgramScope,
    referral: &Referral,
    events: &[Event],
) -> Result<(), StoreError> {
    // Numbers are taken in the order of facilities, whatever happened first: two transactions that concern the same
    // two clinics then wait for each other in one order and cannot deadlock.
    let mut clinics: Vec<_> = events.iter().filter_map(|event| event.facility).collect();
    clinics.sort_unstable();
    let mut numbers = Vec::with_capacity(clinics.len());
    for clinic in clinics {
        numbers.push((clinic, clinic_next_change(tx, scope, clinic).await?));
        tx.hint(clinic_hint(scope, clinic));
    }
    for event in events {
        let change = numbers.iter().find(|(clinic, _)| Some(*clinic) == event.facility).map(|(_, number)| *number);
        if let (Some(change), Some(offer)) = (change, event.facility.and_then(|clinic| referral.offer(clinic))) {
            offer_put(tx, scope, referral.id, offer, change).await?;
        }
        event_insert(tx, scope, referral.id, event, change).await?;
    }
    Ok(())
}

async fn offer_put(
    tx: &mut Tx,
    scope: &ProgramScope,
    referral: ReferralId,
    offer: &Offer,
    change: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into referral_offer (program_id, referral_id, facility_id, state, offered_at, claim_by, sequence,
                                     clinic_change, consent_revoked_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict on constraint referral_offer_key do update
         set state = excluded.state, sequence = excluded.sequence, clinic_change = excluded.clinic_change,
             consent_revoked_at = excluded.consent_revoked_at",
    )
    .bind(scope.program())
    .bind(referral)
    .bind(offer.facility)
    .bind(offer.state)
    .bind(offer.offered_at)
    .bind(offer.claim_by)
    .bind(offer.sequence)
    .bind(change)
    .bind(offer.consent_revoked_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn event_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    referral: ReferralId,
    event: &Event,
    change: Option<i64>,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into referral_event (program_id, referral_id, sequence, kind, facility_id, decline_reason, at,
                                     clinic_change)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(scope.program())
    .bind(referral)
    .bind(event.sequence)
    .bind(event.kind)
    .bind(event.facility)
    .bind(event.decline_reason)
    .bind(event.at)
    .bind(change)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One referral, locked until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub async fn referral_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ReferralId,
) -> Result<Option<Referral>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select referral_id, contact_id, participant_id, service, jurisdiction, summary, data_classes, state,
                facility_id, owner_id, owner_name, expected_by, sequence, created_at
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
pub async fn referral_read(
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
        "select facility_id, state, offered_at, claim_by, sequence, consent_revoked_at from referral_offer
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
        sequence: row.sequence,
        consent_revoked_at: row.consent_revoked_at,
    };
    Ok(rows.into_iter().map(offer).collect())
}

/// One referral for reading, without its offers.
///
/// # Errors
/// When the database does not answer.
pub async fn referral_load(
    store: &Store,
    scope: &ProgramScope,
    id: ReferralId,
) -> Result<Option<Referral>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select referral_id, contact_id, participant_id, service, jurisdiction, summary, data_classes, state,
                facility_id, owner_id, owner_name, expected_by, sequence, created_at
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
pub async fn referral_list(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Vec<Referral>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select referral_id, contact_id, participant_id, service, jurisdiction, summary, data_classes, state,
                facility_id, owner_id, owner_name, expected_by, sequence, created_at
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

/// The histories of referrals, each in its order and up to the referral's own sequence, so that a change in between
/// shows in neither.
///
/// # Errors
/// When the database does not answer.
pub async fn referral_history(
    executor: impl PgExecutor<'_>,
    scope: &ProgramScope,
    referrals: Vec<Referral>,
) -> Result<Vec<(Referral, Vec<Event>)>, StoreError> {
    let ids: Vec<_> = referrals.iter().map(|referral| referral.id.0).collect();
    let rows: Vec<EventRow> = sqlx::query_as(
        "select referral_id, sequence, kind, facility_id, decline_reason, at from referral_event
         where program_id = $1 and referral_id = any($2) order by referral_id, sequence",
    )
    .bind(scope.program())
    .bind(ids)
    .fetch_all(executor)
    .await?;
    let history = |referral: Referral| {
        let own = rows.iter().filter(|row| row.referral_id == referral.id && row.sequence <= referral.sequence);
        let events = own.map(EventRow::event).collect();
        (referral, events)
    };
    Ok(referrals.into_iter().map(history).collect())
}

impl EventRow {
    fn event(&self) -> Event {
        Event {
            sequence: self.sequence,
            kind: self.kind,
            facility: self.facility_id,
            decline_reason: self.decline_reason,
            at: self.at,
        }
    }
}

/// What a clinic that has claimed must know.
///
/// # Errors
/// When the database does not answer.
pub async fn referral_summary(
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
