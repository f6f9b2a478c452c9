//! Tells triage what it was not told: what the caller stated at the opening, if it did not answer when the contact was
//! routed, and what the caller stated later. Its facts add up, so each may be told again.

use std::sync::Arc;
use std::time::Duration;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::{ContactId, RequestId};

use crate::app::{App, change_contact, change_keep};
use crate::domain::assessment::Assessment;
use crate::domain::contact::Contact;
use crate::domain::facts::Facts;
use crate::ports::FactsToAssess;
use crate::store;

/// How long somebody waits because triage is slow.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// The number of what was stated at the opening.
const OPENING: i32 = 1;

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    let id = contact.id;
    let mut telling = std::pin::pin!(tell(&app, &duty, contact));
    match tokio::time::timeout(PATIENCE, &mut telling).await {
        Ok(Ok(_)) => return Ok(Done::Finished),
        Ok(Err(failed)) => {
            assume(&app, &duty, id).await?;
            return Err(failed);
        }
        Err(_) => assume(&app, &duty, id).await?,
    }
    telling.await.map(|_| Done::Finished)
}

/// Tells triage what it was not told, and notes what it answers.
pub(super) async fn tell(app: &App, duty: &DutyRun, contact: Contact) -> Result<Contact, DutyError> {
    let keys = app.store.keys(&duty.scope).await?;
    let mut contact = contact;
    let statements = store::statements_untold(app.store.reader(&duty.scope), &keys, &duty.scope, contact.id).await?;
    // Without a statement, what triage does not know is the level of an earlier contact, or the way to the caller.
    let is_carried = contact.carried.acuity.is_some_and(|level| level < contact.assessment.acuity);
    let is_elsewhere = contact.assessment.need.channel != contact.channel;
    let is_unknown = contact.assessment.is_assumed() || is_carried || is_elsewhere;
    if contact.awaits_triage() || (statements.is_empty() && is_unknown) {
        let reader = app.store.reader(&duty.scope);
        let stated = store::contact_facts(reader, &keys, &duty.scope, contact.id).await?.unwrap_or_default();
        let assessment = ask(app, duty, &contact, OPENING, &stated).await?;
        contact = note(app, duty, contact.id, assessment, None).await?;
    }
    for (number, stated) in statements {
        let assessment = ask(app, duty, &contact, number, &stated).await?;
        contact = note(app, duty, contact.id, assessment, Some(number)).await?;
    }
    Ok(contact)
}

/// Asks triage for an assessment, with what the caller stated.
async fn ask(
    app: &App,
    duty: &DutyRun,
    contact: &Contact,
    statement: i32,
    facts: &Facts,
) -> Result<Assessment, DutyError> {
    // What is told depends on the contact as it is now, so the request's id does too.
    let subject = format!("{}/{statement}/{}", contact.id, contact.revision);
    let to_assess = FactsToAssess {
        contact: contact.id,
        channel: contact.channel,
        caller: contact.caller,
        language: contact.language.clone(),
        jurisdiction: contact.jurisdiction.clone(),
        signals: facts.signals.clone(),
        self_screening: facts.self_screening,
        carried: contact.carried.acuity,
    };
    Ok(app.ports.triage.assess_contact(&duty.scope, RequestId::derived("AssessContact", subject), to_assess).await?)
}

/// Notes what triage answered. While it has not heard every statement it speaks from a part of the facts, and lowers nothing
/// that is assumed of the rest.
async fn note(
    app: &App,
    duty: &DutyRun,
    id: ContactId,
    assessment: Assessment,
    statement: Option<i32>,
) -> Result<Contact, DutyError> {
    let mut tx = app.store.begin(&duty.scope).await?;
    let contact = store::contact_for_update(&mut tx, &duty.scope, id).await?;
    if let Some(number) = statement {
        store::statement_told(&mut tx, &duty.scope, id, number, app.now()).await?;
    }
    let has_heard_all = !store::statement_is_untold(&mut tx, &duty.scope, id).await?;
    let change = match has_heard_all {
        true => contact.assess(assessment, app.now()),
        false => contact.report(assessment, app.now()),
    };
    let contact = change_keep(&mut tx, &duty.scope, change).await?;
    tx.commit().await?;
    Ok(contact)
}

/// Takes what triage does not judge for very urgent, until it does.
async fn assume(app: &App, duty: &DutyRun, id: ContactId) -> Result<(), DutyError> {
    let keys = app.store.keys(&duty.scope).await?;
    let unjudged = store::statements_untold(app.store.reader(&duty.scope), &keys, &duty.scope, id).await?;
    for (_, stated) in unjudged {
        let mut tx = app.store.begin(&duty.scope).await?;
        change_contact(&mut tx, &duty.scope, id, |contact| Ok(contact.assume_unjudged(&stated, app.now()))).await?;
        tx.commit().await?;
    }
    Ok(())
}
