//! Creates or changes the program's response times.

use std::time::Duration;

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::RequestId;
use harborline_types::wire::duration;
use tonic::Request;

use super::wire;
use crate::app::App;
use crate::domain::ResponseTimes;
use crate::error::AvailabilityError;
use crate::store;

/// The longest response time that makes sense.
const LONGEST: Duration = Duration::from_secs(3600);

pub(super) async fn handle(
    app: &App,
    request: Request<pb::PutPoolRequest>,
) -> Result<pb::PutPoolResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, times) = parse(&request, app.dispatch.response_times())?;
    let scope = call.scope()?;

    let mut tx = match app.store.begin_once(&call, "PutPool", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    store::pool_put(&mut tx, &scope, &times).await?;
    tx.hint(store::times_hint(scope.program()));
    let answer = pb::PutPoolResponse {
        pool_id: scope.program().to_string(),
        response_times: Some(wire::response_times(&times)),
    };
    Ok(tx.commit_answering(answer).await?)
}

/// Reads the response times; those left out are the configured ones.
fn parse(request: &pb::PutPoolRequest, defaults: ResponseTimes) -> Result<(RequestId, ResponseTimes), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let given = request.response_times.clone().unwrap_or_default();
    let mut read = |field: &str, given: Option<prost_types::Duration>, default: Duration| {
        let given = given.map_or(Some(default), |given| duration(&given));
        let fits = given.filter(|given| (Duration::from_millis(1)..=LONGEST).contains(given));
        if fits.is_none() {
            fields.fault(format!("response_times.{field}"), "must be above 0 and at most an hour");
        }
        fits.unwrap_or(default)
    };
    let widen_after = match given.widen_after.as_slice() {
        [] => defaults.widen_after,
        // One more than there may be, so that too many are seen below.
        steps => steps.iter().take(4).map(|step| read("widen_after", Some(*step), LONGEST)).collect(),
    };
    let times = ResponseTimes {
        urgent_offer_timeout: read("urgent_offer_timeout", given.urgent_offer_timeout, defaults.urgent_offer_timeout),
        offer_timeout: read("offer_timeout", given.offer_timeout, defaults.offer_timeout),
        page_after: read("page_after", given.page_after, defaults.page_after),
        backup_after: read("backup_after", given.backup_after, defaults.backup_after),
        presence_grace: read("presence_grace", given.presence_grace, defaults.presence_grace),
        widen_after,
    };
    if times.widen_after.len() > 3 || !times.widen_after.is_sorted() {
        fields.fault("response_times.widen_after", "must be at most three waits, ascending");
    }
    let Some(request_id) = request_id else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, times))
}
