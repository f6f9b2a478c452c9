//! Removes an entry of a safety plan.

use harborline_proto::intake::v1::{RemoveSafetyPlanEntryRequest, RemoveSafetyPlanEntryResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ParticipantId, RequestId, SafetyPlanEntryId};
use tonic::Request;

use super::edited::{edited, facts};
use crate::app::App;
use crate::error::IntakeError;
use crate::rpc::read_etag::etag;
use crate::wire;

struct RemoveSafetyPlanEntry {
    request_id: RequestId,
    participant: ParticipantId,
    entry: SafetyPlanEntryId,
    etag: String,
}

impl RemoveSafetyPlanEntry {
    fn parse(request: &RemoveSafetyPlanEntryRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let participant = fields.id("participant_id", &request.participant_id);
        let entry = fields.id("entry_id", &request.entry_id);
        let etag = etag(&mut fields, &request.etag);
        let (Some(request_id), Some(participant), Some(entry), Some(etag)) = (request_id, participant, entry, etag)
        else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, participant, entry, etag })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<RemoveSafetyPlanEntryRequest>,
) -> Result<RemoveSafetyPlanEntryResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = RemoveSafetyPlanEntry::parse(&request)?;
    let scope = call.scope()?;
    let facts = facts(app, &call, &scope, command.participant).await?;
    let mut tx = match app.store.begin_once(&call, "RemoveSafetyPlanEntry", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    call.permit(&facts)?;
    let plan = edited(app, &mut tx, &call, &scope, command.participant, |plan, mark| {
        plan.remove(command.entry, &command.etag, mark)
    });
    let plan = Some(wire::safety_plan::plan(plan.await?));
    Ok(tx.commit_answering(RemoveSafetyPlanEntryResponse { plan }).await?)
}
