//! Takes who is supervisor on call.

use harborline_proto::intake::v1::{RecordSupervisorOnCallRequest, RecordSupervisorOnCallResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use tonic::Request;

use crate::app::App;
use crate::domain::custody::on_duty;
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<RecordSupervisorOnCallRequest>,
) -> Result<RecordSupervisorOnCallResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let supervisor = wire::read_person(&mut fields, "supervisor", request.supervisor.as_ref());
    if request.sequence < 1 {
        fields.fault("sequence", "must be at least 1");
    }
    let (Some(request_id), Some(supervisor)) = (request_id, supervisor) else { return Err(fields.refused().into()) };
    fields.finish()?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordSupervisorOnCall", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let (program, known) = store::program_for_update(&mut tx, &scope).await?.ok_or(IntakeError::ProgramNotReady)?;
    if request.sequence > known {
        store::program_supervisor_set(&mut tx, &scope, &supervisor, request.sequence).await?;
        let owner = on_duty(Some(&supervisor), &program.clinical_director);
        store::custody_pass_duty(&mut tx, &scope, &owner, app.now()).await?;
    }
    Ok(tx.commit_answering(RecordSupervisorOnCallResponse {}).await?)
}
