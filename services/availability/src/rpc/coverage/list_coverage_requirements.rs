//! The requirements by id.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::store;
use crate::wire::requirement;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::ListCoverageRequirementsRequest>,
) -> Result<pb::ListCoverageRequirementsResponse, AvailabilityError> {
    let (call, _) = split(request)?;
    let scope = call.scope()?;

    let requirements = store::requirement_list(app.store.reader(&scope), &scope).await?;
    Ok(pb::ListCoverageRequirementsResponse { requirements: requirements.iter().map(requirement::write).collect() })
}
