//! Takes that a clinic has accepted, with a named owner: custody goes there.

use harborline_proto::intake::v1::{RecordReferralAcceptedRequest, RecordReferralAcceptedResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ContactId, RequestId};
use tonic::Request;

use crate::app::{App, concerns};
use crate::error::IntakeError;
use crate::store::AcceptedReferral;
use crate::{store, wire};

struct RecordReferralAccepted {
    request_id: RequestId,
    contact: ContactId,
    accepted: AcceptedReferral,
}

impl RecordReferralAccepted {
    fn parse(request: &RecordReferralAcceptedRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let referral = fields.id("referral_id", &request.referral_id);
        let facility = fields.id("facility_id", &request.facility_id);
        let owner = wire::read_person(&mut fields, "owner", request.owner.as_ref());
        let (Some(request_id), Some(contact), Some(referral), Some(facility), Some(owner)) =
            (request_id, contact, referral, facility, owner)
        else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, contact, accepted: AcceptedReferral { referral, facility, owner } })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<RecordReferralAcceptedRequest>,
) -> Result<RecordReferralAcceptedResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = RecordReferralAccepted::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordReferralAccepted", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let now = app.now();
    let contact = store::contact_for_update(&mut tx, &scope, command.contact).await?;
    concerns(&call, &contact);
    store::referral_accept(&mut tx, &scope, contact.chain(), &command.accepted, now).await?;
    store::custody_follow(&mut tx, &scope, contact.chain(), now).await?;
    Ok(tx.commit_answering(RecordReferralAcceptedResponse {}).await?)
}
