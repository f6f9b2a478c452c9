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
    let keys = app.store.keys(&scope).await?;
    let read = store::program_with_part2_end(app.store.reader(&scope), &keys, &scope).await?;
    let (program, part2_end) = read.ok_or(IntakeError::ProgramNotReady)?;
    let part2_end = part2_end.map(wire::part2_end);
    Ok(GetProgramResponse { program: Some(wire::program(&program)), part2_end })
}
