//! Creates a requirement or changes it whole.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, check_etag};
use harborline_types::RequestId;
use tonic::Request;

use crate::app::App;
use crate::domain::coverage::Requirement;
use crate::error::AvailabilityError;
use crate::rpc::roster_rules;
use crate::store;
use crate::wire::requirement;

/// The most requirements of a program.
const MOST: usize = 100;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::PutCoverageRequirementRequest>,
) -> Result<pb::PutCoverageRequirementResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, asked) = parse(&request)?;
    let scope = call.scope()?;

    let mut tx = match app.store.begin_once(&call, "PutCoverageRequirement", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    roster_rules::required(tx.conn(), &scope).await?;
    // Locks the rules, so that requirements are edited one after another and their number is right.
    store::roster_rules_for_update(&mut tx, &scope).await?;
    let others = store::requirement_list(tx.conn(), &scope).await?;
    let version = others.iter().find(|other| other.id == asked.id).map(|current| requirement::write(current).etag);
    check_etag(request.requirement.as_ref().map_or("", |edited| &edited.etag), version.as_deref())?;
    if others.iter().filter(|other| other.id != asked.id).count() >= MOST {
        let fault = ("requirement.requirement_id".to_owned(), "must be one of the program's 100".to_owned());
        return Err(ServiceError::invalid(vec![fault]).into());
    }
    store::requirement_put(&mut tx, &scope, &asked).await?;
    store::roster_changed(&mut tx);
    let answer = pb::PutCoverageRequirementResponse { requirement: Some(requirement::write(&asked)) };
    Ok(tx.commit_answering(answer).await?)
}

fn parse(request: &pb::PutCoverageRequirementRequest) -> Result<(RequestId, Requirement), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let given = fields.message("requirement", request.requirement.as_ref());
    let asked = requirement::read(&mut fields, &given);
    let (Some(request_id), Some(asked)) = (request_id, asked) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, asked))
}
