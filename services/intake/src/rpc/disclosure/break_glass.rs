//! Takes emergency access to a participant's record, for a reason that is on record and reviewed.

use harborline_duties::Owed;
use harborline_identity::Subject;
use harborline_proto::intake::v1::{BreakGlassRequest, BreakGlassResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{RequestId, Timestamp};
use tonic::Request;

use crate::app::App;
use crate::domain::task::Task;
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::rpc::permit::note_break_glass;
use crate::store;
use crate::wire::break_glass::{Asked, access, read_asked};

fn parse(request: &BreakGlassRequest, now: Timestamp) -> Result<(RequestId, Asked), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let asked = read_asked(&mut fields, request, now);
    let (Some(request_id), Some(asked)) = (request_id, asked) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, asked))
}

pub(super) async fn handle(app: &App, request: Request<BreakGlassRequest>) -> Result<BreakGlassResponse, IntakeError> {
    let (call, request) = split(request)?;
    let now = app.now();
    let (request_id, asked) = parse(&request, now)?;
    let participant = asked.participant;
    call.concerns(Subject::Participant(participant));
    let scope = call.scope()?;
    let by = acting(&call)?;
    let mut tx = match app.store.begin_once(&call, "BreakGlass", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let program = store::program_get(tx.conn(), &scope).await?;
    let is_known = store::participant_exists(tx.conn(), &scope, participant).await?;
    let program = program.filter(|_| is_known).ok_or(IntakeError::ParticipantNotFound(participant))?;
    let taken = asked.taken(by, program.is_part2, now);
    note_break_glass(&call, taken.id);
    store::break_glass_insert(&mut tx, &scope, &taken).await?;
    // It ends by itself; its review does not.
    tx.owe(Owed::at(Task::BreakGlassReview, taken.id, taken.expires_at));
    tracing::warn!(break_glass = %taken.id, reason = %taken.reason, "emergency access was taken");
    Ok(tx.commit_answering(BreakGlassResponse { access: Some(access(taken, now)) }).await?)
}
