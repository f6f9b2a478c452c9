//! Shows what differs between two versions of a safety plan.

use harborline_proto::intake::v1::{CompareSafetyPlanVersionsRequest, CompareSafetyPlanVersionsResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use tonic::Request;

use super::edited::{seen, version, version_of};
use crate::app::App;
use crate::domain::safety_plan_versions::differences;
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<CompareSafetyPlanVersionsRequest>,
) -> Result<CompareSafetyPlanVersionsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let from = version(&mut fields, "from_version", request.from_version);
    let to = version(&mut fields, "to_version", request.to_version);
    let Some(id) = fields.id("participant_id", &request.participant_id) else { return Err(fields.refused().into()) };
    fields.finish()?;
    let scope = call.scope()?;
    let plan = seen(app, &call, &scope, id).await?;
    let mut fields = Fields::new();
    let to = version_of(&mut fields, "to_version", to, &plan);
    if from > to {
        fields.fault("from_version", "must not be after to_version");
    }
    fields.finish()?;
    let (keys, reader) = (app.store.keys(&scope).await?, app.store.reader(&scope));
    let changes = store::safety_plan_changes(reader, &keys, &scope, id, (from, to)).await?;
    let differences = differences(changes).into_iter().map(wire::safety_plan::difference).collect();
    Ok(CompareSafetyPlanVersionsResponse { differences })
}
