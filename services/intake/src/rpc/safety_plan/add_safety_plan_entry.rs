//! Adds an entry to a safety plan.

use harborline_proto::intake::v1::{AddSafetyPlanEntryRequest, AddSafetyPlanEntryResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ParticipantId, RequestId, SafetyPlanEntryId};
use tonic::Request;

use super::edited::{edited, facts};
use crate::app::App;
use crate::domain::safety_plan::Draft;
use crate::error::IntakeError;
use crate::wire;

struct AddSafetyPlanEntry {
    request_id: RequestId,
    participant: ParticipantId,
    draft: Draft,
    after: Option<SafetyPlanEntryId>,
}

impl AddSafetyPlanEntry {
    fn parse(request: &AddSafetyPlanEntryRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let participant = fields.id("participant_id", &request.participant_id);
        let entry = fields.message("entry", request.entry.as_ref());
        let draft = wire::safety_plan::read_draft(&mut fields, "entry", &entry);
        let (Some(request_id), Some(participant), Some(draft)) = (request_id, participant, draft) else {
            return Err(fields.refused());
        };
        fields.finish()?;
        // One that cannot be read is not there.
        Ok(Self { request_id, participant, draft, after: request.after_entry_id.parse().ok() })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<AddSafetyPlanEntryRequest>,
) -> Result<AddSafetyPlanEntryResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = AddSafetyPlanEntry::parse(&request)?;
    let scope = call.scope()?;
    let facts = facts(app, &call, &scope, command.participant).await?;
    let mut tx = match app.store.begin_once(&call, "AddSafetyPlanEntry", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    call.permit(&facts)?;
    let mut entry_id = String::new();
    let plan = edited(app, &mut tx, &call, &scope, command.participant, |plan, mark| {
        let (plan, change, id) = plan.add(command.draft, command.after, mark)?;
        entry_id = id.to_string();
        Ok((plan, change))
    });
    let plan = Some(wire::safety_plan::plan(plan.await?));
    Ok(tx.commit_answering(AddSafetyPlanEntryResponse { plan, entry_id }).await?)
}
