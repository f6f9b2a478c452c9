//! What happened to referrals, and the offers as that leaves them.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{FacilityId, ReferralId, Timestamp};
use sqlx::PgExecutor;

use crate::domain::{DeclineReason, Event, EventKind, Offer, Referral};
use crate::store::clinic::{clinic_hint, clinic_next_change};

#[derive(sqlx::FromRow)]
struct EventRow {
    referral_id: ReferralId,
    sequence: i32,
    kind: EventKind,
    facility_id: Option<FacilityId>,
    decline_reason: Option<DeclineReason>,
    at: Timestamp,
}

/// Writes down what happened, each change of a clinic's under its next number, and wakes the clinics' streams.
pub(super) async fn events_add(
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
                                     clinic_change, consent_revoked_at, accept_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict on constraint referral_offer_key do update
         set state = excluded.state, sequence = excluded.sequence, clinic_change = excluded.clinic_change,
             consent_revoked_at = excluded.consent_revoked_at, accept_by = excluded.accept_by",
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
    .bind(offer.accept_by)
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

/// The histories of referrals, each in its order and up to the referral's own sequence, so that a change in between
/// shows in neither.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn referral_history(
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
