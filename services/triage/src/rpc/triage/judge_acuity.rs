//! JudgeAcuity: a clinician's own level, which counts at once unless it lowers.

use chrono::TimeDelta;
use harborline_duties::Owed;
use harborline_identity::{Call, Subject};
use harborline_proto::triage::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::text::is_blank;
use harborline_types::{Acuity, ContactId, LoweringId, Phi, RequestId, Timestamp};
use tonic::Request;

use super::locked_contact::LockedContact;
use super::verified_contact::verify_contact;
use crate::app::App;
use crate::domain::acuity_rule::{Judgment, Unsigned};
use crate::domain::lowering::Lowering;
use crate::domain::task::Task;
use crate::error::TriageError;
use crate::wire;

struct JudgeAcuity {
    request_id: RequestId,
    contact: ContactId,
    judgment: Judgment,
}

/// Puts a clinician's judgment on record, and owes intake the report. One that lowers waits for the second person.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::JudgeAcuityRequest>,
) -> Result<pb::JudgeAcuityResponse, TriageError> {
    let (call, request) = split(request)?;
    let command = JudgeAcuity::parse(&call, &request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Contact(command.contact));
    let verified = verify_contact(app, &call, command.contact).await?;
    let mut tx = match app.store.begin_once(&call, "JudgeAcuity", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    call.permit(&verified.facts)?;
    let mut locked = LockedContact::lock(&mut tx, scope, command.contact, verified.starts_at).await?;
    let now = app.clock.now();
    let answer = match locked.known.judge(&app.protocol, &command.judgment) {
        Ok(conclusion) => {
            locked.save(&mut tx).await?;
            let assessment = locked.append(&mut tx, conclusion, Some(&command.judgment), now).await?;
            tx.owe(Owed::now(Task::Report, command.contact));
            pb::JudgeAcuityResponse { assessment: Some(wire::assessment(assessment)), lowering_id: String::new() }
        }
        Err(Unsigned { from }) => {
            let lowering = command.lowering(from, now, app.lowering_holds)?;
            locked.propose(&mut tx, &lowering).await?;
            let assessment = locked.newest().cloned().map(wire::assessment);
            pb::JudgeAcuityResponse { assessment, lowering_id: lowering.id.to_string() }
        }
    };
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
        let (Some(request_id), Some(contact), Some(acuity), Some(reason)) = (request_id, contact, acuity, reason)
        else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, contact, judgment: Judgment { acuity, reason, by, second: None } })
    }

    /// What waits for the second person.
    fn lowering(self, from: Acuity, now: Timestamp, holds: TimeDelta) -> Result<Lowering, TriageError> {
        let says_why = self.judgment.says_why();
        let reason = self.judgment.reason.filter(|_| says_why).ok_or(TriageError::ReasonMissing)?;
        Ok(Lowering {
            id: LoweringId::new(),
            contact: self.contact,
            from,
            acuity: self.judgment.acuity,
            reason,
            judged_by: self.judgment.by,
            judged_at: now,
            expires_at: now + holds,
            ended_at: None,
            confirmed_by: None,
        })
    }
}
