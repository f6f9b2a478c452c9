//! Answers where a referral stands that was registered with intake, or that there will never be one.

use harborline_proto::referral::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ReferralId;
use harborline_types::wire::number;
use tonic::Request;

use crate::app::App;
use crate::error::ReferralError;
use crate::store;

/// The answer that there is none is committed before it is given: from then on no transaction can make a referral with
/// this id. Without that, a creation that was slow could commit after intake has let the person go.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::DescribeReferralRequest>,
) -> Result<pb::DescribeReferralResponse, ReferralError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.id::<ReferralId>("referral_id", &request.referral_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;

    let mut tx = app.store.begin(&scope).await?;
    let state = store::referral_state_or_never(&mut tx, &scope, id).await?;
    tx.commit().await?;
    let state = state.ok_or(ReferralError::NotFound(id))?;
    Ok(pb::DescribeReferralResponse { state: number(state) })
}
