//! Notes the review of an emergency access, by somebody else than the counselor who took it.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{ReviewBreakGlassRequest, ReviewBreakGlassResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{BreakGlassId, Phi, RequestId};
use tonic::Request;

use crate::app::App;
use crate::domain::break_glass::{BreakGlassFinding, Review};
use crate::domain::task::Task;
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::store;
use crate::wire::break_glass::access;

struct ReviewBreakGlass {
    request_id: RequestId,
    id: BreakGlassId,
    finding: BreakGlassFinding,
    note: Phi<String>,
}

impl ReviewBreakGlass {
    fn parse(request: &ReviewBreakGlassRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let id = fields.id("break_glass_id", &request.break_glass_id);
        let finding = fields.word("finding", request.finding);
        let note = fields.text("note", &request.note, 1..=2000);
        let (Some(request_id), Some(id), Some(finding), Some(note)) = (request_id, id, finding, note) else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, id, finding, note: note.into() })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<ReviewBreakGlassRequest>,
) -> Result<ReviewBreakGlassResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = ReviewBreakGlass::parse(&request)?;
    let scope = call.scope()?;
    let reviewer = acting(&call)?;
    let mut tx = match app.store.begin_once(&call, "ReviewBreakGlass", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let taken = store::break_glass_for_update(&mut tx, &scope, command.id).await?;
    let taken = taken.ok_or(IntakeError::BreakGlassNotFound(command.id))?;
    call.concerns(Subject::Participant(taken.participant));
    let now = app.now();
    let review = Review { reviewer, at: now, finding: command.finding, note: command.note };
    let reviewed = taken.reviewed(review)?;
    store::break_glass_save(&mut tx, &scope, &reviewed).await?;
    tx.cancel(Task::BreakGlassReview, command.id);
    Ok(tx.commit_answering(ReviewBreakGlassResponse { access: Some(access(reviewed, now)) }).await?)
}
