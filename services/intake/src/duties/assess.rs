//! Asks triage again, which did not answer when the contact was routed.

use std::sync::Arc;
use std::time::Duration;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_proto::triage::v1::AssessContactRequest;
use harborline_status::Fields;
use harborline_types::wire::{number, numbers};
use harborline_types::{ContactId, RequestId};

use crate::app::{App, change_contact};
use crate::domain::assessment::Assessment;
use crate::domain::contact::Contact;
use crate::{store, wire};

/// How long somebody waits because triage is slow.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    if contact.awaits_triage() {
        let assessment = ask(&app, &duty, &contact).await?;
        note(&app, &duty, contact.id, assessment).await?;
    }
    Ok(Done::Finished)
}

/// Asks triage for an assessment from what the caller stated.
pub(super) async fn ask(app: &App, duty: &DutyRun, contact: &Contact) -> Result<Assessment, DutyError> {
    let keys = app.store.keys(&duty.scope).await?;
    let facts =
        store::contact_facts(app.store.reader(&duty.scope), &keys, &duty.scope, contact.id).await?.unwrap_or_default();
    let request = AssessContactRequest {
        request_id: RequestId::derived("AssessContact", contact.id).to_string(),
        contact_id: contact.id.to_string(),
        channel: number(contact.channel),
        caller: number(contact.caller),
        language: contact.language.clone(),
        jurisdiction: contact.jurisdiction.clone().unwrap_or_default(),
        signals: numbers(&facts.signals),
        self_screening: facts.self_screening.as_ref().map(wire::asq),
        carried_acuity: 0,
    };
    let answer = app.ports.triage.assess_contact(&duty.scope, request).await?;
    let mut fields = Fields::new();
    let assessment = wire::read_assessment(&mut fields, answer.assessment.as_ref());
    fields.finish()?;
    assessment.ok_or_else(|| DutyError::lasting("triage answered without an assessment"))
}

/// Notes what triage answered.
pub(super) async fn note(
    app: &App,
    duty: &DutyRun,
    id: ContactId,
    assessment: Assessment,
) -> Result<Contact, DutyError> {
    let mut tx = app.store.begin(&duty.scope).await?;
    let contact = change_contact(&mut tx, &duty.scope, id, |contact| Ok(contact.assess(assessment, app.now()))).await?;
    tx.commit().await?;
    Ok(contact)
}
