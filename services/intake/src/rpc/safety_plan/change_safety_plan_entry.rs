//! Changes what an entry of a safety plan says.

use harborline_proto::intake::v1::{ChangeSafetyPlanEntryRequest, ChangeSafetyPlanEntryResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ParticipantId, RequestId, SafetyPlanEntryId};
use tonic::Request;

use super::edited::{edited, facts};
use crate::app::App;
use crate::domain::safety_plan::Words;
use crate::error::IntakeError;
use crate::rpc::read_etag::etag;
use crate::wire;

struct ChangeSafetyPlanEntry {
    request_id: RequestId,
    participant: ParticipantId,
    entry: SafetyPlanEntryId,
    etag: String,
    words: Words,
}

impl ChangeSafetyPlanEntry {
    fn parse(request: &ChangeSafetyPlanEntryRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let participant = fields.id("participant_id", &request.participant_id);
        let entry = fields.id("entry_id", &request.entry_id);
        let etag = etag(&mut fields, &request.etag);
        let words = wire::safety_plan::read_words(&mut fields, "words", request.words.as_ref());
        let (Some(request_id), Some(participant), Some(entry)) = (request_id, participant, entry) else {
            return Err(fields.refused());
        };
        let (Some(etag), Some(words)) = (etag, words) else { return Err(fields.refused()) };
        Ok(Self { request_id, participant, entry, etag, words })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<ChangeSafetyPlanEntryRequest>,
) -> Result<ChangeSafetyPlanEntryResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = ChangeSafetyPlanEntry::parse(&request)?;
    let scope = call.scope()?;
    let facts = facts(app, &call, &scope, command.participant).await?;
    let mut tx = match app.store.begin_once(&call, "ChangeSafetyPlanEntry", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    call.permit(&facts)?;
    let plan = edited(app, &mut tx, &call, &scope, command.participant, |plan, mark| {
        plan.change(command.entry, &command.etag, command.words, mark)
    });
    let plan = Some(wire::safety_plan::plan(plan.await?));
    Ok(tx.commit_answering(ChangeSafetyPlanEntryResponse { plan }).await?)
}
