//! Creates or changes the program's pool: its response times and fatigue rules.

use std::time::Duration;

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, check_etag};
use harborline_types::RequestId;
use tonic::Request;

use super::get_pool;
use crate::app::App;
use crate::domain::{Ageing, FatigueRules, ResponseTimes};
use crate::error::AvailabilityError;
use crate::store;

/// The bounds of a response time; the upper one is also that of a recovery.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(3600);
/// The bounds of the longest stretch of work.
const SHORTEST_STRETCH: Duration = Duration::from_secs(60);
const LONGEST_STRETCH: Duration = Duration::from_secs(24 * 3600);

pub(super) async fn handle(
    app: &App,
    request: Request<pb::PutPoolRequest>,
) -> Result<pb::PutPoolResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, times, fatigue) = parse(&request, app.dispatch.response_times(), app.dispatch.fatigue())?;
    let scope = call.scope()?;

    let mut tx = match app.store.begin_once(&call, "PutPool", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    store::pool_lock(&mut tx, &scope, &(app.dispatch.response_times(), app.dispatch.fatigue())).await?;
    let held = get_pool::held(app, tx.conn(), &scope).await?;
    check_etag(&request.etag, Some(&held.etag))?;
    store::pool_put(&mut tx, &scope, &times, &fatigue).await?;
    tx.hint_with_commit(store::times_hint(scope.program())).await?;
    let pb::GetPoolResponse { pool_id, response_times, fatigue_rules, etag } = get_pool::wire(&scope, &times, &fatigue);
    Ok(tx.commit_answering(pb::PutPoolResponse { pool_id, response_times, fatigue_rules, etag }).await?)
}

/// Reads the rules; for those left out the configured ones hold.
fn parse(
    request: &pb::PutPoolRequest,
    times: ResponseTimes,
    fatigue: FatigueRules,
) -> Result<(RequestId, ResponseTimes, FatigueRules), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let times = response_times(&mut fields, request, times);
    let fatigue = fatigue_rules(&mut fields, request, fatigue);
    let Some(request_id) = request_id else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, times, fatigue))
}

fn response_times(fields: &mut Fields, request: &pb::PutPoolRequest, defaults: ResponseTimes) -> ResponseTimes {
    let given = request.response_times.clone().unwrap_or_default();
    let mut read = |field: &str, given: Option<prost_types::Duration>, default: Duration| {
        let field = format!("response_times.{field}");
        fields.duration(&field, given.as_ref(), default, SHORTEST..=LONGEST).unwrap_or(default)
    };
    let widen_after = match given.widen_after.as_slice() {
        [] => defaults.widen_after,
        // One more than allowed, so that the check below refuses too many.
        steps => steps.iter().take(4).map(|step| read("widen_after", Some(*step), LONGEST)).collect(),
    };
    let times = ResponseTimes {
        ageing: defaults.ageing,
        urgent_offer_timeout: read("urgent_offer_timeout", given.urgent_offer_timeout, defaults.urgent_offer_timeout),
        offer_timeout: read("offer_timeout", given.offer_timeout, defaults.offer_timeout),
        page_after: read("page_after", given.page_after, defaults.page_after),
        backup_after: read("backup_after", given.backup_after, defaults.backup_after),
        presence_grace: read("presence_grace", given.presence_grace, defaults.presence_grace),
        widen_after,
        emergency_offers: match given.emergency_offers {
            0 => defaults.emergency_offers,
            offers => i16::try_from(offers).ok().filter(|offers| (1..=8).contains(offers)).unwrap_or_else(|| {
                fields.fault("response_times.emergency_offers", "must be 0 to 8");
                defaults.emergency_offers
            }),
        },
    };
    // Zero is allowed: then no contact ages.
    let age_after = given.age_after.as_ref();
    let age_after =
        fields.duration("response_times.age_after", age_after, defaults.ageing.wait(), Duration::ZERO..=LONGEST);
    let ageing = age_after.map_or(defaults.ageing, Ageing::after);
    if times.widen_after.len() > 3 || !times.widen_after.is_sorted() {
        fields.fault("response_times.widen_after", "must be at most three waits, ascending");
    }
    if !times.pages_before_backup() {
        let backup = times.backup_after.as_millis();
        let fault = format!("must not be longer than backup_after, which is {backup} ms, given or configured");
        fields.fault("response_times.page_after", fault);
    }
    ResponseTimes { ageing, ..times }
}

/// Reads the fatigue rules. A recovery of zero is allowed.
fn fatigue_rules(fields: &mut Fields, request: &pb::PutPoolRequest, defaults: FatigueRules) -> FatigueRules {
    let given = request.fatigue_rules.unwrap_or_default();
    let urgent_in_a_row = match given.urgent_in_a_row {
        0 => defaults.urgent_in_a_row,
        row => i16::try_from(row).ok().filter(|row| (1..=100).contains(row)).unwrap_or_else(|| {
            fields.fault("fatigue_rules.urgent_in_a_row", "must be 0 to 100");
            defaults.urgent_in_a_row
        }),
    };
    let (recovery, stretch) = (given.recovery.as_ref(), given.longest_stretch.as_ref());
    let recovery = fields.duration("fatigue_rules.recovery", recovery, defaults.recovery, Duration::ZERO..=LONGEST);
    let stretches = SHORTEST_STRETCH..=LONGEST_STRETCH;
    let stretch = fields.duration("fatigue_rules.longest_stretch", stretch, defaults.longest_stretch, stretches);
    FatigueRules {
        urgent_in_a_row,
        recovery: recovery.unwrap_or(defaults.recovery),
        longest_stretch: stretch.unwrap_or(defaults.longest_stretch),
    }
}
