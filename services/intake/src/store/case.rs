//! Loading a contact for a change, and saving what the change brought: the contact, and all that follows from it.

use harborline_duties::Owed;
use harborline_identity::ProgramScope;
use harborline_store::{HintKey, StoreError, Tx};
use harborline_types::{ContactId, Timestamp};

use super::contact_row::ContactRow;
use super::{
    caller_pass, contact_find, contact_save, contacts_open_of_chain, custody_follow, decision_open, decision_settle,
    follow_up_request_add,
};
use crate::domain::contact::{Change, Contact, FollowUpRequest};
use crate::domain::decision::{Decision, Question};
use crate::domain::task::Task;
use crate::error::IntakeError;

/// The kind of a contact's hints.
pub(crate) const CONTACT_HINT: &str = "contact";

/// One contact of the program, which nobody else changes until the transaction ends, and neither the supervisor on call
/// nor the chain of custody.
pub(crate) async fn contact_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ContactId,
) -> Result<Contact, IntakeError> {
    let keys = tx.keys().await?;
    // The locks are taken in their order: what is joined is locked before the contact.
    let row: Option<ContactRow> = sqlx::query_as(
        "with held as materialized (
             select program_id from program where program_id = $1 for share
         ),
         origin as materialized (
             select origin.contact_id from held
             join contact using (program_id)
             join contact as origin
                 on origin.program_id = contact.program_id and origin.contact_id = contact.origin_contact_id
             where contact.contact_id = $2
             for no key update of origin
         )
         select contact.* from contact, (select count(*) from held) as held, (select count(*) from origin) as origin
         where contact.program_id = $1 and contact.contact_id = $2 and held.count = 1 and origin.count >= 0
         for no key update of contact",
    )
    .bind(scope.program())
    .bind(id)
    .fetch_optional(tx.conn())
    .await
    .map_err(StoreError::from)?;
    let row = row.ok_or(IntakeError::ContactNotFound(id))?;
    Ok(row.open(&keys)?)
}

/// Locks the row against other changes, not against rows that refer to it.
async fn contact_lock(tx: &mut Tx, scope: &ProgramScope, id: ContactId) -> Result<(), StoreError> {
    sqlx::query("select 1 from contact where program_id = $1 and contact_id = $2 for no key update")
        .bind(scope.program())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Saves a change of a contact that is in the database and locked.
pub(crate) async fn change_save(tx: &mut Tx, scope: &ProgramScope, change: &Change) -> Result<(), StoreError> {
    if change.is_change {
        contact_save(tx, scope, &change.contact).await?;
    }
    change_follow(tx, scope, change).await
}

/// What follows the opening of a contact that begins a chain: duties, a hint to the streams that watch.
pub(crate) fn change_begin(tx: &mut Tx, change: &Change) {
    tx.hint(HintKey::new(CONTACT_HINT, change.contact.id));
    for task in &change.owed {
        tx.owe(Owed::now(*task, change.contact.id));
    }
}

/// What follows a change of a contact: follow-ups, decisions, custody, duties, a hint to the streams that watch. What would
/// follow its end is left to the contact in which the caller is back, as long as that is open.
pub(crate) async fn change_follow(tx: &mut Tx, scope: &ProgramScope, change: &Change) -> Result<(), StoreError> {
    let contact = &change.contact;
    let chain = contact.chain();
    let has_ended = change.is_change && contact.state.is_ended();
    let mut is_back = false;
    if has_ended {
        for next in contacts_open_of_chain(tx, scope, chain).await? {
            is_back = true;
            carry(tx, scope, next, change).await?;
        }
        if is_back {
            caller_pass(tx, scope, contact).await?;
        }
    }
    if change.asks_follow_ups && !is_back {
        follow_ups_ask(tx, scope, chain, FollowUpRequest::Plan, contact.id).await?;
    }
    for kind in &change.settled {
        decision_settle(tx, scope, chain, *kind, contact.id, change.at).await?;
    }
    if let Some(question) = change.question.as_ref().filter(|question| !is_back || !question.is_about_reaching()) {
        question_ask(tx, scope, chain, question, change.at).await?;
    }
    if change.is_change {
        custody_follow(tx, scope, chain, change.at).await?;
        tx.hint(HintKey::new(CONTACT_HINT, contact.id));
    }
    for task in &change.owed {
        tx.owe(Owed::now(*task, contact.id));
    }
    Ok(())
}

/// Lets a contact that is open take over a level that was learned of one before it.
async fn carry(tx: &mut Tx, scope: &ProgramScope, next: ContactId, change: &Change) -> Result<(), StoreError> {
    let Some(level) = change.carries else { return Ok(()) };
    contact_lock(tx, scope, next).await?;
    let keys = tx.keys().await?;
    let Some(contact) = contact_find(tx.conn(), &keys, scope, next).await? else { return Ok(()) };
    // It has not ended, so nothing is carried any further.
    Box::pin(change_save(tx, scope, &contact.carry(level, change.at))).await
}

/// Asks for follow-ups of a chain, or that there be none, and owes telling followup.
pub(crate) async fn follow_ups_ask(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    kind: FollowUpRequest,
    asked_by: ContactId,
) -> Result<(), StoreError> {
    follow_up_request_add(tx, scope, chain, kind, asked_by).await?;
    tx.owe(Owed::now(Task::FollowUps, chain));
    Ok(())
}

/// Opens a decision, and owes the page to the supervisor who must make it.
pub(crate) async fn question_ask(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    question: &Question,
    now: Timestamp,
) -> Result<(), StoreError> {
    decision_open(tx, scope, &Decision::open(chain, question.clone(), now)).await?;
    tx.owe(Owed::now(Task::Page, question.kind));
    Ok(())
}
