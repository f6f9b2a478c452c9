//! Returns one referral of the clinic; its summary once it is claimed.

use harborline_identity::{Facts, Subject};
use harborline_proto::partner::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ReferralId;
use tonic::Request;

use super::disclosure::shown;
use crate::app::App;
use crate::error::ReferralError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetReferralRequest>,
) -> Result<pb::GetReferralResponse, ReferralError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.id::<ReferralId>("referral_id", &request.referral_id) else {
        return Err(fields.refused().into());
    };
    let clinic = call.clinic_scope()?;

    let view = store::clinic_view(&app.store, &clinic, id).await?.ok_or(ReferralError::NotFound(id))?;
    call.concerns(Subject::Contact(view.contact));
    call.permit(&Facts { is_own: true, ..Facts::default() })?;
    Ok(pb::GetReferralResponse { referral: Some(shown(app, &call, &clinic, view).await?) })
}
