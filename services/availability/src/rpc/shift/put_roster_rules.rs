//! Creates or changes the program's roster rules.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, check_etag};
use harborline_types::RequestId;
use tonic::Request;

use super::get_roster_rules::wire;
use crate::app::App;
use crate::domain::shift::RosterRules;
use crate::error::AvailabilityError;
use crate::store;
use crate::wire::local;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::PutRosterRulesRequest>,
) -> Result<pb::PutRosterRulesResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, rules) = parse(&request)?;
    let scope = call.scope()?;

    let mut tx = match app.store.begin_once(&call, "PutRosterRules", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let version = store::roster_rules_for_update(&mut tx, &scope).await?.map(|current| wire(current).etag);
    check_etag(request.rules.as_ref().map_or("", |edited| &edited.etag), version.as_deref())?;
    store::roster_rules_put(&mut tx, &scope, &rules).await?;
    store::roster_changed(&mut tx);
    Ok(tx.commit_answering(pb::PutRosterRulesResponse { rules: Some(wire(rules)) }).await?)
}

fn parse(request: &pb::PutRosterRulesRequest) -> Result<(RequestId, RosterRules), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let given = fields.message("rules", request.rules.as_ref());
    let zone = local::zone(&mut fields, "rules.time_zone", &given.time_zone);
    let (Some(request_id), Some(zone)) = (request_id, zone) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, RosterRules { zone, swaps_need_supervisor: given.swaps_need_supervisor }))
}
