use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_proto::intake::v1::{CloseContactRequest, CloseContactResponse};
use harborline_proto::triage::v1::GetAssessmentRequest;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ContactId, Phi, RequestId};
use tonic::Request;

use super::complete_closing_duty::actor;
use super::permit::change_if_permitted;
use crate::app::App;
use crate::domain::assessment::Assessment;
use crate::domain::contact::{ContactState, Outcome};
use crate::error::IntakeError;
use crate::{store, wire};

/// How long triage is waited for: its word is better than none, and none is no reason to hold a counselor up.
const TRIAGE_PATIENCE: Duration = Duration::from_millis(500);

struct CloseContact {
    request_id: RequestId,
    contact: ContactId,
    outcome: Outcome,
    note: Phi<String>,
}

impl CloseContact {
    fn parse(request: &CloseContactRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let outcome = fields.word("outcome", request.outcome);
        let note = fields.text("note", &request.note, 0..=8000);
        let (Some(request_id), Some(contact), Some(outcome), Some(note)) = (request_id, contact, outcome, note) else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, contact, outcome, note: note.into() })
    }
}

/// Triage's newest assessment, so that a screening recorded a moment ago counts. None when the contact is not being
/// answered, or triage does not answer.
async fn newest_assessment(app: &App, scope: &ProgramScope, id: ContactId) -> Option<Assessment> {
    let keys = app.store.keys(scope).await.ok()?;
    let contact = store::contact_find(app.store.reader(scope), &keys, scope, id).await.ok()??;
    if contact.state != ContactState::Answered {
        return None;
    }
    let request = GetAssessmentRequest { contact_id: id.to_string() };
    let asked = tokio::time::timeout(TRIAGE_PATIENCE, app.ports.triage.get_assessment(scope, request)).await;
    let answer = asked.ok()?.ok()?;
    let mut fields = Fields::new();
    let assessment = wire::read_assessment(&mut fields, answer.assessment.as_ref());
    fields.finish().ok().and(assessment)
}

pub(super) async fn handle(
    app: &App,
    request: Request<CloseContactRequest>,
) -> Result<CloseContactResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = CloseContact::parse(&request)?;
    let scope = call.scope()?;
    let by = actor(&call)?;
    let newest = newest_assessment(app, &scope, command.contact).await;
    let mut tx = match app.store.begin_once(&call, "CloseContact", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let now = app.now();
    let contact = change_if_permitted(&mut tx, &call, &scope, command.contact, |contact| {
        let contact = match newest {
            Some(newest) => contact.report(newest, now).contact,
            None => contact,
        };
        contact.close(command.outcome, by, now)
    });
    let contact = contact.await?;
    store::contact_record_note(&mut tx, &scope, contact.id, &command.note).await?;
    Ok(tx.commit_answering(CloseContactResponse { contact: Some(wire::contact(&contact)) }).await?)
}
