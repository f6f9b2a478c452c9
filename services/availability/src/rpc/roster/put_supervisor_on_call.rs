//! Names the supervisor on call from now on.

use harborline_duties::Owed;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{Person, RequestId};
use tonic::Request;

use crate::app::App;
use crate::domain::task::Task;
use crate::error::AvailabilityError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::PutSupervisorOnCallRequest>,
) -> Result<pb::PutSupervisorOnCallResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, supervisor) = parse(&request)?;
    let scope = call.scope()?;

    let mut tx = match app.store.begin_once(&call, "PutSupervisorOnCall", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    if store::counselors_of(&mut tx, &scope, &[&supervisor.id]).await?.is_empty() {
        return Err(AvailabilityError::CounselorNotFound(supervisor.id));
    }
    let sequence = store::on_call_put(&mut tx, &scope, &supervisor).await?;
    tx.owe(Owed::now(Task::Supervisor, "on-call"));
    Ok(tx.commit_answering(pb::PutSupervisorOnCallResponse { sequence }).await?)
}

fn parse(request: &pb::PutSupervisorOnCallRequest) -> Result<(RequestId, Person), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.person_id("supervisor_id", &request.supervisor_id);
    let name = fields.text("name", &request.name, 1..=200);
    let (Some(request_id), Some(id), Some(name)) = (request_id, id, name) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, Person { id, name }))
}
