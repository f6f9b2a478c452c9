//! ConfirmLowering: the second person.

use harborline_duties::Owed;
use harborline_identity::{Facts, Subject};
use harborline_proto::triage::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{LoweringId, RequestId};
use tonic::Request;

use super::locked_contact::LockedContact;
use crate::app::App;
use crate::domain::task::Task;
use crate::error::TriageError;
use crate::store::lowering::lowering_find_in;
use crate::wire;

/// Lowers the level by the word of two.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::ConfirmLoweringRequest>,
) -> Result<pb::ConfirmLoweringResponse, TriageError> {
    let (call, request) = split(request)?;
    let (request_id, id) = parse(&request)?;
    let (scope, by) = (call.scope()?, call.person()?.id.clone());
    // A caller permitted to confirm may do so for every contact, so nothing is asked about this one.
    call.permit(&Facts::default())?;
    let mut tx = match app.store.begin_once(&call, "ConfirmLowering", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let not_found = || TriageError::LoweringNotFound(id);
    let contact = lowering_find_in(&mut tx, &scope, id).await?.ok_or_else(not_found)?.contact;
    call.concerns(Subject::Contact(contact));
    // With the contact locked nothing ends the lowering any more.
    let mut locked = LockedContact::lock(&mut tx, scope, contact, None).await?;
    let lowering = lowering_find_in(&mut tx, &scope, id).await?.ok_or_else(not_found)?;
    let now = app.clock.now();
    let judgment = lowering.signed_by(by, now)?;
    let conclusion = locked.known.judge(&app.protocol, &judgment)?;
    locked.save(&mut tx).await?;
    let assessment = locked.append(&mut tx, conclusion, Some(&judgment), now).await?;
    tx.owe(Owed::now(Task::Report, contact));
    let answer = pb::ConfirmLoweringResponse { assessment: Some(wire::assessment(assessment)) };
    Ok(tx.commit_answering(answer).await?)
}

fn parse(request: &pb::ConfirmLoweringRequest) -> Result<(RequestId, LoweringId), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let lowering = fields.id("lowering_id", &request.lowering_id);
    request_id.zip(lowering).ok_or_else(|| fields.refused())
}
