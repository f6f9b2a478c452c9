//! The response times and fatigue rules of the program's pool.

use harborline_identity::ProgramScope;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_store::etag;
use sqlx::{Executor, Postgres};
use tonic::Request;

use crate::app::App;
use crate::domain::{FatigueRules, ResponseTimes};
use crate::error::AvailabilityError;
use crate::store;
use crate::wire;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetPoolRequest>,
) -> Result<pb::GetPoolResponse, AvailabilityError> {
    let (call, _) = split(request)?;
    let scope = call.scope()?;

    held(app, app.store.reader(&scope), &scope).await
}

/// The pool's own rules, or the configured ones if it has none.
pub(super) async fn held(
    app: &App,
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
) -> Result<pb::GetPoolResponse, AvailabilityError> {
    let configured = (app.dispatch.response_times(), app.dispatch.fatigue());
    let (times, fatigue) = store::pool_rules(reader, scope, &configured).await?.unwrap_or(configured);
    Ok(wire(scope, &times, &fatigue))
}

/// Rules of the pool, for the wire.
pub(super) fn wire(scope: &ProgramScope, times: &ResponseTimes, fatigue: &FatigueRules) -> pb::GetPoolResponse {
    let edited = pb::GetPoolResponse {
        pool_id: scope.program().to_string(),
        response_times: Some(wire::response_times(times)),
        fatigue_rules: Some(wire::fatigue_rules(fatigue)),
        etag: String::new(),
    };
    pb::GetPoolResponse { etag: etag(&edited), ..edited }
}
