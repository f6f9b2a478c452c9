//! Says that the accepted person was seen.

use harborline_identity::Subject;
use harborline_proto::partner::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ReferralId, RequestId};
use tonic::Request;

use super::disclosure::{disclosed, kept};
use crate::app::App;
use crate::error::ReferralError;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::CompleteReferralRequest>,
) -> Result<pb::CompleteReferralResponse, ReferralError> {
    let (call, request) = split(request)?;
    let (request_id, id) = parse(&request)?;
    let clinic = call.clinic_scope()?;

    let answer: pb::CompleteReferralResponse =
        match app.store.begin_once(&call, "CompleteReferral", request_id, &request).await? {
            Once::Replay(answer) => answer,
            Once::Fresh(mut tx) => {
                let referral = app.referral(&mut tx, clinic.program(), id).await?;
                call.concerns(Subject::Contact(referral.draft.contact));
                let step = referral.complete(clinic.clinic(), app.clock.now());
                let step = step.map_err(|refused| ReferralError::refused(refused, id))?;
                app.save(&mut tx, clinic.program(), &step).await?;
                tx.commit_answering(pb::CompleteReferralResponse { referral: kept(&step.0, &clinic) }).await?
            }
        };
    Ok(pb::CompleteReferralResponse { referral: disclosed(app, &clinic, answer.referral).await? })
}

fn parse(request: &pb::CompleteReferralRequest) -> Result<(RequestId, ReferralId), ServiceError> {
    let mut fields = Fields::new();
    let (request_id, id) = (fields.request_id(&request.request_id), fields.id("referral_id", &request.referral_id));
    request_id.zip(id).ok_or_else(|| fields.refused())
}
