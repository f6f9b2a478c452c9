//! Shows what differs between two versions of a safety plan.

use harborline_proto::intake::v1::{CompareSafetyPlanVersionsRequest, CompareSafetyPlanVersionsResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use tonic::Request;

use super::edited::seen;
use crate::app::App;
use crate::domain::safety_plan::differences;
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<CompareSafetyPlanVersionsRequest>,
) -> Result<CompareSafetyPlanVersionsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    for (field, version) in [("from_version", request.from_version), ("to_version", request.to_version)] {
        if version < 0 {
            fields.fault(field, "must be at least 0");
        }
    }
    fields.finish()?;
    let scope = call.scope()?;
    let plan = seen(app, &call, &scope, &request.participant_id).await?;
    let up_to = Some(request.to_version).filter(|version| *version > 0);
    let (keys, between) = (app.store.keys(&scope).await?, (request.from_version, up_to));
    let reader = app.store.reader(&scope);
    let changes = store::safety_plan_changes(reader, &keys, &scope, plan.participant, between).await?;
    let differences = differences(changes).into_iter().map(wire::safety_plan::difference).collect();
    Ok(CompareSafetyPlanVersionsResponse { differences })
}
