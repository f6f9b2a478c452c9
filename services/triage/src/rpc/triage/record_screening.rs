//! RecordScreening: a counselor asked the ASQ.

use harborline_duties::Owed;
use harborline_identity::Subject;
use harborline_proto::triage::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::wire::number;
use harborline_types::{ContactId, RequestId, ScreeningId};
use tonic::Request;

use super::locked_contact::LockedContact;
use super::verified_contact::verify_contact;
use crate::app::App;
use crate::domain::asq::{Answers, AsqResult};
use crate::domain::task::Task;
use crate::error::TriageError;
use crate::store::screening::{Screening, screening_insert};
use crate::wire;

struct RecordScreening {
    request_id: RequestId,
    contact: ContactId,
    answers: Answers,
    result: AsqResult,
}

/// Scores a screen, assesses the contact again, and owes intake the report.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::RecordScreeningRequest>,
) -> Result<pb::RecordScreeningResponse, TriageError> {
    let (call, request) = split(request)?;
    let command = RecordScreening::parse(&request)?;
    let (scope, counselor) = (call.scope()?, call.person()?.id.clone());
    call.concerns(Subject::Contact(command.contact));
    let verified = verify_contact(app, &call, command.contact).await?;
    let mut tx = match app.store.begin_once(&call, "RecordScreening", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    call.permit(&verified.facts)?;
    let now = app.clock.now();
    let mut locked = LockedContact::lock(&mut tx, scope, command.contact, verified.starts_at).await?;
    let conclusion = locked.known.screened(&app.protocol, command.result);
    locked.save(&mut tx).await?;
    let screening = Screening {
        id: ScreeningId::new(),
        contact: command.contact,
        answers: command.answers,
        result: Some(command.result),
        by: Some(counselor),
        at: now,
    };
    screening_insert(&mut tx, &scope, &screening).await?;
    let assessment = locked.append(&mut tx, conclusion, None, now).await?;
    tx.owe(Owed::now(Task::Report, command.contact));
    let answer = pb::RecordScreeningResponse {
        screening_id: screening.id.to_string(),
        result: number(command.result),
        assessment: Some(wire::assessment(assessment)),
    };
    Ok(tx.commit_answering(answer).await?)
}

impl RecordScreening {
    fn parse(request: &pb::RecordScreeningRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let asq = wire::complete_asq(&mut fields, request.asq.as_ref());
        let (Some(request_id), Some(contact), Some((answers, result))) = (request_id, contact, asq) else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, contact, answers, result })
    }
}
