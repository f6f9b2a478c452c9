//! Writing what was decided: one statement per table, however many tickets change.

use harborline_duties::{Owed, owe};
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::Timestamp;

use super::counselor_hint;
use crate::domain::{Change, OfferState, TicketEventKind};
use crate::duties;

/// Writes changes with what they cause: events, offers, slots held and released, duties, hints to the counselors.
/// `accepted_at` is on the domain's clock. The tickets must be locked by this transaction and unchanged since read.
pub(crate) async fn changes_save(
    tx: &mut Tx,
    scope: &ProgramScope,
    changes: &[Change],
    accepted_at: Timestamp,
) -> Result<(), StoreError> {
    let changes: Vec<&Change> = changes.iter().filter(|change| !change.is_empty()).collect();
    if changes.is_empty() {
        return Ok(());
    }
    tickets_save(tx, scope, &changes).await?;
    events_add(tx, scope, &changes).await?;
    offers_move(tx, scope, &changes, accepted_at).await?;
    offers_make(tx, scope, &changes).await?;
    for change in &changes {
        if change.need_changed {
            need_save(tx, scope, change).await?;
        }
        duties_owe(tx, scope, change).await?;
        let of_events = change.events.iter().filter_map(|event| event.counselor.as_ref());
        for counselor in of_events.chain(&change.ticket.counselor) {
            tx.hint(counselor_hint(scope.program(), counselor));
        }
    }
    Ok(())
}

async fn tickets_save(tx: &mut Tx, scope: &ProgramScope, changes: &[&Change]) -> Result<(), StoreError> {
    let column = |read: fn(&Change) -> i32| changes.iter().map(|change| read(change)).collect::<Vec<i32>>();
    let saved = sqlx::query(
        "update ticket
         set state = new.state, acuity = new.acuity, waiting_since = new.waiting_since, widened = new.widened,
             paged = new.paged, counselor_id = new.counselor_id, offer_id = new.offer_id,
             assignment = new.assignment, steps = new.steps
         from unnest($2::uuid[], $3::int4[], $4::text[], $5::int2[], $6::timestamptz[], $7::int2[], $8::bool[],
                     $9::text[], $10::uuid[], $11::int4[], $12::int4[])
              as new (ticket_id, steps_read, state, acuity, waiting_since, widened, paged, counselor_id, offer_id,
                      assignment, steps)
         where program_id = $1 and ticket.ticket_id = new.ticket_id and ticket.steps = new.steps_read",
    )
    .bind(scope.program())
    .bind(changes.iter().map(|change| change.ticket.id).collect::<Vec<_>>())
    .bind(column(|change| change.steps_read))
    .bind(changes.iter().map(|change| change.ticket.state).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| i16::from(change.ticket.acuity.level())).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.ticket.waiting_since).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.ticket.widened).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.ticket.paged).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.ticket.counselor.clone()).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.ticket.offer).collect::<Vec<_>>())
    .bind(column(|change| change.ticket.assignment))
    .bind(column(|change| change.ticket.steps))
    .execute(tx.conn())
    .await?;
    if saved.rows_affected() != changes.len() as u64 {
        return Err(StoreError::Unavailable("a ticket changed meanwhile".to_owned()));
    }
    Ok(())
}

async fn events_add(tx: &mut Tx, scope: &ProgramScope, changes: &[&Change]) -> Result<(), StoreError> {
    let (mut tickets, mut sequences, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut counselors, mut acuities) = (Vec::new(), Vec::new());
    for change in changes {
        for (sequence, event) in (change.steps_read + 1..).zip(&change.events) {
            tickets.push(change.ticket.id);
            sequences.push(sequence);
            kinds.push(event.kind);
            counselors.push(event.counselor.clone());
            acuities.push(event.acuity.map(|acuity| i16::from(acuity.level())));
        }
    }
    sqlx::query(
        // One instant for the whole round: what frees a slot and what takes it happen together.
        "insert into ticket_event (program_id, ticket_id, sequence, kind, counselor_id, acuity, at)
         select $1, new.*, (select clock_timestamp())
         from unnest($2::uuid[], $3::int4[], $4::text[], $5::text[], $6::int2[]) as new",
    )
    .bind(scope.program())
    .bind(tickets)
    .bind(sequences)
    .bind(kinds)
    .bind(counselors)
    .bind(acuities)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Moves offers on; those that end release their slots, and their counselors' idle time begins.
async fn offers_move(
    tx: &mut Tx,
    scope: &ProgramScope,
    changes: &[&Change],
    accepted_at: Timestamp,
) -> Result<(), StoreError> {
    let (mut offers, mut states, mut assignments) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        for (offer, state) in &change.moved {
            offers.push(*offer);
            states.push(*state);
            assignments.push((*state == OfferState::Accepted).then_some(change.ticket.assignment));
        }
    }
    if offers.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "with moved as (
             update offer
             set state = new.state, assignment = coalesce(new.assignment, offer.assignment),
                 accepted_at = case when new.assignment is null then offer.accepted_at else $5 end
             from unnest($2::uuid[], $3::text[], $4::int4[]) as new (offer_id, state, assignment)
             where program_id = $1 and offer.offer_id = new.offer_id
             returning offer.offer_id, offer.counselor_id, offer.state
         ), ended as (
             select * from moved where state <> 'accepted'
         ), idle as (
             update presence set idle_since = now()
             where program_id = $1 and counselor_id in (select counselor_id from ended)
         )
         insert into slot_release (program_id, counselor_id, slot, epoch)
         select program_id, slot_hold.counselor_id, slot, epoch from slot_hold join ended using (offer_id)
         where program_id = $1",
    )
    .bind(scope.program())
    .bind(offers)
    .bind(states)
    .bind(assignments)
    .bind(accepted_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes offers and holds their slots, each in the epoch after the last one of the slot.
async fn offers_make(tx: &mut Tx, scope: &ProgramScope, changes: &[&Change]) -> Result<(), StoreError> {
    for change in changes {
        let Some(offer) = &change.made else { continue };
        sqlx::query(
            "with made as (
                 insert into offer (program_id, offer_id, ticket_id, counselor_id, state, preferred, slots, expires_at)
                 values ($1, $2, $3, $4, 'offered', $5, $6, $7)
             )
             insert into slot_hold (program_id, counselor_id, slot, epoch, offer_id)
             select $1, $4, slot, 1 + coalesce((select max(epoch) from slot_hold as before
                                                where before.program_id = $1 and before.counselor_id = $4
                                                  and before.slot = wanted.slot), 0), $2
             from unnest($6::int2[]) as wanted (slot)",
        )
        .bind(scope.program())
        .bind(offer.id)
        .bind(change.ticket.id)
        .bind(&offer.counselor)
        .bind(offer.preferred)
        .bind(&offer.slots)
        .bind(offer.expires_at)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

async fn need_save(tx: &mut Tx, scope: &ProgramScope, change: &Change) -> Result<(), StoreError> {
    let need = &change.ticket.need;
    sqlx::query(
        "update ticket set channel = $3, at_least = $4, language = $5, jurisdiction = $6, skills = $7
         where program_id = $1 and ticket_id = $2",
    )
    .bind(scope.program())
    .bind(change.ticket.id)
    .bind(need.channel)
    .bind(need.at_least)
    .bind(&need.language)
    .bind(&need.jurisdiction)
    .bind(&need.skills)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What intake must be told.
async fn duties_owe(tx: &mut Tx, scope: &ProgramScope, change: &Change) -> Result<(), StoreError> {
    let ticket = &change.ticket;
    for event in &change.events {
        let owed = match event.kind {
            TicketEventKind::Accepted => {
                Owed::now(duties::ASSIGNED, format_args!("{}/{}", ticket.contact, ticket.assignment))
            }
            TicketEventKind::CounselorLost => {
                Owed::now(duties::COUNSELOR_LOST, format_args!("{}/{}", ticket.contact, ticket.assignment))
            }
            TicketEventKind::HandedOff => Owed::now(duties::HAND_OFF, ticket.contact),
            _ => continue,
        };
        owe(tx, scope, owed).await?;
    }
    Ok(())
}
