//! Lists a contact's referrals, oldest first.

use harborline_identity::Subject;
use harborline_proto::referral::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use tonic::Request;

use crate::app::App;
use crate::error::ReferralError;
use crate::store;
use crate::wire;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::ListReferralsRequest>,
) -> Result<pb::ListReferralsResponse, ReferralError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(contact) = fields.id("contact_id", &request.contact_id) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    call.concerns(Subject::Contact(contact));

    call.permit(&app.contacts.facts_of_contact(&call, contact).await?)?;
    let referrals = store::referral_list(&app.store, &scope, contact).await?;
    let histories = store::referral_history(app.store.reader(&scope), &scope, referrals).await?;
    let referrals = histories.into_iter().map(|(referral, events)| wire::referral(referral, events)).collect();
    Ok(pb::ListReferralsResponse { referrals })
}
