//! Shows the program.

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
    let part2_end = if program.is_part2 { None } else { store::part2_last_end(&app.store, &scope).await? };
    let part2_end = part2_end.map(wire::part2_end);
    Ok(GetProgramResponse { program: Some(wire::program(&program)), part2_end })
}
