//! Declines with a coded reason; the referral goes to the next facility.

use harborline_identity::Subject;
use harborline_proto::partner::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ReferralId, RequestId};
use tonic::Request;

use super::disclosure::{kept, offered_to};
use crate::app::App;
use crate::asking;
use crate::domain::DeclineReason;
use crate::error::ReferralError;
use crate::wire::ClinicReason;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::DeclineReferralRequest>,
) -> Result<pb::DeclineReferralResponse, ReferralError> {
    let (call, request) = split(request)?;
    let (request_id, id, reason) = parse(&request)?;
    let clinic = call.clinic_scope()?;

    let barred = asking::barred_next(app, clinic.program(), id).await?;
    let mut tx = match app.store.begin_once(&call, "DeclineReferral", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let referral = app.referral(&mut tx, clinic.program(), id).await?;
    call.concerns(Subject::Contact(referral.draft.contact));
    offered_to(&call, &clinic, &referral)?;
    let facilities = barred.leave(app.facilities(&mut tx, clinic.program(), referral.draft.service).await?);
    let step = referral.decline(clinic.clinic(), reason, &app.asking(&facilities));
    let step = step.map_err(|refused| ReferralError::refused(refused, id))?;
    app.save(&mut tx, clinic.program(), &step).await?;
    Ok(tx.commit_answering(pb::DeclineReferralResponse { referral: kept(&step.0, &clinic) }).await?)
}

fn parse(request: &pb::DeclineReferralRequest) -> Result<(RequestId, ReferralId, DeclineReason), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id("referral_id", &request.referral_id);
    let reason = fields.word::<ClinicReason>("reason", request.reason);
    let (Some(request_id), Some(id), Some(ClinicReason(reason))) = (request_id, id, reason) else {
        return Err(fields.refused());
    };
    Ok((request_id, id, reason))
}
