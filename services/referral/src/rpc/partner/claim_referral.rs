//! Takes the offer up for evaluation; from then on the summary is disclosed.

use harborline_identity::Subject;
use harborline_proto::partner::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ReferralId, RequestId};
use tonic::Request;

use super::disclosure::{Telling, kept, offered_to, told};
use crate::app::App;
use crate::error::ReferralError;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::ClaimReferralRequest>,
) -> Result<pb::ClaimReferralResponse, ReferralError> {
    let (call, request) = split(request)?;
    let (request_id, id) = parse(&request)?;
    let clinic = call.clinic_scope()?;

    let telling = Telling::of_call(app, &clinic, id, request_id).await?;
    let (answer, is_replay): (pb::ClaimReferralResponse, bool) =
        match app.store.begin_once(&call, "ClaimReferral", request_id, &request).await? {
            Once::Replay(answer) => (answer, true),
            Once::Fresh(mut tx) => {
                let referral = app.referral(&mut tx, clinic.program(), id).await?;
                call.concerns(Subject::Contact(referral.draft.contact));
                offered_to(&call, &clinic, &referral)?;
                let step = referral.claim(clinic.clinic(), &app.terms, app.clock.now());
                let step = step.map_err(|refused| ReferralError::refused(refused, id))?;
                app.save(&mut tx, clinic.program(), &step).await?;
                if let Some(telling) = &telling {
                    telling.record(app, &call, &mut tx, &clinic).await?;
                }
                (tx.commit_answering(pb::ClaimReferralResponse { referral: kept(&step.0, &clinic) }).await?, false)
            }
        };
    let referral = told(app, &call, &clinic, telling, (answer.referral, is_replay)).await?;
    Ok(pb::ClaimReferralResponse { referral })
}

fn parse(request: &pb::ClaimReferralRequest) -> Result<(RequestId, ReferralId), ServiceError> {
    let mut fields = Fields::new();
    let (request_id, id) = (fields.request_id(&request.request_id), fields.id("referral_id", &request.referral_id));
    request_id.zip(id).ok_or_else(|| fields.refused())
}
