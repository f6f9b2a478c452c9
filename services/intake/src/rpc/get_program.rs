use harborline_proto::intake::v1::{GetProgramRequest, GetProgramResponse};
use harborline_runtime::split;
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(app: &App, request: Request<GetProgramRequest>) -> Result<GetProgramResponse, IntakeError> {
    let (call, GetProgramRequest {}) = split(request)?;
    let scope = call.scope()?;
    let program = store::program_get(app.store.reader(&scope), &scope).await?.ok_or(IntakeError::ProgramNotReady)?;
    Ok(GetProgramResponse { program: Some(wire::program(&program)) })
}
