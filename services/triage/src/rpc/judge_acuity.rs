//! JudgeAcuity: a clinician's own level.

use harborline_duties::{Owed, owe};
use harborline_identity::{Call, Subject};
use harborline_proto::triage::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::text::is_blank;
use harborline_types::{ContactId, Phi, RequestId};
use tonic::Request;

use super::opened::Opened;
use super::vouched::vouched;
use super::wire;
use crate::app::App;
use crate::domain::acuity_rule::Judgment;
use crate::duties::report;
use crate::error::TriageError;

struct JudgeAcuity {
    request_id: RequestId,
    contact: ContactId,
    judgment: Judgment,
}

/// Puts a clinician's judgment on record, and owes intake the report.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::JudgeAcuityRequest>,
) -> Result<pb::JudgeAcuityResponse, TriageError> {
    let (call, request) = split(request)?;
    let command = JudgeAcuity::parse(&call, &request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Contact(command.contact));
    let facts = vouched(app, &call, command.contact).await?;
    let mut tx = match app.store.begin_once(&call, "JudgeAcuity", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    call.permit(&facts)?;
    let mut opened = Opened::open(&mut tx, scope, command.contact).await?;
    let judged = opened.known.judge(&app.protocol, &command.judgment);
    let conclusion = judged.map_err(TriageError::LoweringUnsigned)?;
    opened.save(&mut tx).await?;
    let assessment = opened.append(&mut tx, conclusion, Some(&command.judgment), app.clock.now()).await?;
    owe(&mut tx, &scope, Owed::now(report::KIND, command.contact)).await?;
    let answer = pb::JudgeAcuityResponse { assessment: Some(wire::assessment(assessment)) };
    Ok(tx.commit_answering(answer).await?)
}

impl JudgeAcuity {
    fn parse(call: &Call, request: &pb::JudgeAcuityRequest) -> Result<Self, ServiceError> {
        let by = call.person()?.id.clone();
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let acuity = fields.word("acuity", request.acuity);
        let reason = match request.reason.trim() {
            reason if is_blank(reason) => Some(None),
            reason => fields.text("reason", reason, 1..=2000).map(|reason| Some(Phi::new(reason))),
        };
        let second = match request.second_person_id.as_str() {
            "" => Some(None),
            second => fields.person_id("second_person_id", second).map(Some),
        };
        if let Some(Some(second)) = &second
            && *second == by
        {
            fields.fault("second_person_id", "must not be the caller's own id");
        }
        let (Some(request_id), Some(contact), Some(acuity), Some(reason), Some(second)) =
            (request_id, contact, acuity, reason, second)
        else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, contact, judgment: Judgment { acuity, reason, by, second } })
    }
}
