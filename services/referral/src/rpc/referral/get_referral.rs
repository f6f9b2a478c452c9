//! Returns one referral with its history.

use harborline_identity::Subject;
use harborline_proto::referral::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ReferralId;
use tonic::Request;

use crate::app::App;
use crate::error::ReferralError;
use crate::store;
use crate::wire;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetReferralRequest>,
) -> Result<pb::GetReferralResponse, ReferralError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.id::<ReferralId>("referral_id", &request.referral_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;

    let referral = store::referral_load(&app.store, &scope, id).await?.ok_or(ReferralError::NotFound(id))?;
    call.concerns(Subject::Contact(referral.draft.contact));
    call.permit(&app.contacts.facts_of_contact(&call, referral.draft.contact).await?)?;
    let histories = store::referral_history(app.store.reader(&scope), &scope, vec![referral]).await?;
    let referral = histories.into_iter().next().map(|(referral, events)| wire::referral(referral, events));
    Ok(pb::GetReferralResponse { referral })
}
