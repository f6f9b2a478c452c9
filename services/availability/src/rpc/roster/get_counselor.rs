//! One counselor, with what they are doing.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetCounselorRequest>,
) -> Result<pb::GetCounselorResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.person_id("counselor_id", &request.counselor_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;

    let counselor = store::counselor_get(&app.store, &scope, &id).await?;
    let counselor = counselor.ok_or(AvailabilityError::CounselorNotFound(id))?;
    Ok(pb::GetCounselorResponse { counselor: Some(counselor.into()) })
}
