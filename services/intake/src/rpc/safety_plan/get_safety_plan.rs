//! Shows a safety plan as it is, or as it was in an earlier version.

use harborline_proto::intake::v1::{GetSafetyPlanRequest, GetSafetyPlanResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use tonic::Request;

use super::edited::{seen, version, version_of};
use crate::app::App;
use crate::domain::safety_plan_versions::rebuilt;
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<GetSafetyPlanRequest>,
) -> Result<GetSafetyPlanResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let asked = version(&mut fields, "version", request.version);
    let Some(id) = fields.id("participant_id", &request.participant_id) else { return Err(fields.refused().into()) };
    fields.finish()?;
    let scope = call.scope()?;
    let mut plan = seen(app, &call, &scope, id).await?;
    let mut fields = Fields::new();
    let version = version_of(&mut fields, "version", asked, &plan);
    fields.finish()?;
    if version < plan.version {
        let (keys, reader) = (app.store.keys(&scope).await?, app.store.reader(&scope));
        let changes = store::safety_plan_changes(reader, &keys, &scope, id, (0, version)).await?;
        plan = rebuilt(plan, version, changes);
    }
    Ok(GetSafetyPlanResponse { plan: Some(wire::safety_plan::plan(plan)) })
}
