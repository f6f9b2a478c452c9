//! Moves an entry of a safety plan.

use harborline_proto::intake::v1::{MoveSafetyPlanEntryRequest, MoveSafetyPlanEntryResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ParticipantId, RequestId, SafetyPlanEntryId};
use tonic::Request;

use super::edited::{edited, facts};
use crate::app::App;
use crate::domain::safety_plan::Section;
use crate::error::IntakeError;
use crate::wire;

struct MoveSafetyPlanEntry {
    request_id: RequestId,
    participant: ParticipantId,
    entry: SafetyPlanEntryId,
    section: Section,
    after: Option<SafetyPlanEntryId>,
}

impl MoveSafetyPlanEntry {
    fn parse(request: &MoveSafetyPlanEntryRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let participant = fields.id("participant_id", &request.participant_id);
        let entry = fields.id("entry_id", &request.entry_id);
        let section = fields.word("section", request.section);
        let (Some(request_id), Some(participant), Some(entry), Some(section)) =
            (request_id, participant, entry, section)
        else {
            return Err(fields.refused());
        };
        // One that cannot be read is not there.
        let after = (!request.after_entry_id.is_empty())
            .then(|| request.after_entry_id.parse().unwrap_or_else(|_| SafetyPlanEntryId::new()));
        Ok(Self { request_id, participant, entry, section, after })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<MoveSafetyPlanEntryRequest>,
) -> Result<MoveSafetyPlanEntryResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = MoveSafetyPlanEntry::parse(&request)?;
    let scope = call.scope()?;
    let facts = facts(app, &call, &scope, command.participant).await?;
    let mut tx = match app.store.begin_once(&call, "MoveSafetyPlanEntry", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    call.permit(&facts)?;
    let plan = edited(app, &mut tx, &call, &scope, command.participant, |plan, mark| {
        plan.move_to(command.entry, command.section, command.after, mark)
    });
    let plan = Some(wire::safety_plan::plan(plan.await?));
    Ok(tx.commit_answering(MoveSafetyPlanEntryResponse { plan }).await?)
}
