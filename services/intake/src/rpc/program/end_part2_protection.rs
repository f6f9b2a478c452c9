//! Says that the program is not under 42 CFR Part 2 any more; what it records from now on is not protected because of it.

use harborline_proto::intake::v1::{EndPart2ProtectionRequest, EndPart2ProtectionResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, check_etag};
use harborline_types::{Phi, RequestId};
use tonic::Request;

use crate::app::App;
use crate::domain::care::Part2End;
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::{store, wire};

fn parse(request: &EndPart2ProtectionRequest) -> Result<(RequestId, Phi<String>), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let reason = fields.text("reason", &request.reason, 10..=1000);
    let (Some(request_id), Some(reason)) = (request_id, reason) else { return Err(fields.refused()) };
    Ok((request_id, Phi::new(reason)))
}

pub(super) async fn handle(
    app: &App,
    request: Request<EndPart2ProtectionRequest>,
) -> Result<EndPart2ProtectionResponse, IntakeError> {
    let (call, request) = split(request)?;
    let (request_id, reason) = parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "EndPart2Protection", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let (mut program, _) = store::program_for_update(&mut tx, &scope).await?.ok_or(IntakeError::ProgramNotReady)?;
    check_etag(&request.etag, Some(&wire::program(&program).etag))?;
    if program.is_part2 {
        let end = Part2End { by: acting(&call)?, at: app.now(), reason };
        store::part2_end(&mut tx, &scope, &end).await?;
        program.is_part2 = false;
    }
    Ok(tx.commit_answering(EndPart2ProtectionResponse { program: Some(wire::program(&program)) }).await?)
}
