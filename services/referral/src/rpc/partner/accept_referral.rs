//! Accepts, with the named person who is responsible from now on, or puts the person in care on the wait list.

use harborline_identity::Subject;
use harborline_proto::partner::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{Person, ReferralId, RequestId};
use tonic::Request;

use super::disclosure::{Telling, kept, offered_to, told};
use crate::app::App;
use crate::domain::Owner;
use crate::error::ReferralError;

struct AcceptReferral {
    request_id: RequestId,
    id: ReferralId,
    owner: Owner,
}

pub(super) async fn handle(
    app: &App,
    request: Request<pb::AcceptReferralRequest>,
) -> Result<pb::AcceptReferralResponse, ReferralError> {
    let (call, request) = split(request)?;
    let AcceptReferral { request_id, id, owner } = parse(&request)?;
    let clinic = call.clinic_scope()?;

    let telling = Telling::of_call(app, &clinic, id, request_id).await?;
    let (answer, is_replay): (pb::AcceptReferralResponse, bool) =
        match app.store.begin_once(&call, "AcceptReferral", request_id, &request).await? {
            Once::Replay(answer) => (answer, true),
            Once::Fresh(mut tx) => {
                let referral = app.referral(&mut tx, clinic.program(), id).await?;
                call.concerns(Subject::Contact(referral.draft.contact));
                offered_to(&call, &clinic, &referral)?;
                let step = referral.accept(clinic.clinic(), owner, &app.terms, app.clock.now());
                let step = step.map_err(|refused| ReferralError::refused(refused, id))?;
                app.save(&mut tx, clinic.program(), &step).await?;
                if let Some(telling) = &telling {
                    telling.record(app, &call, &mut tx, &clinic).await?;
                }
                (tx.commit_answering(pb::AcceptReferralResponse { referral: kept(&step.0, &clinic) }).await?, false)
            }
        };
    let referral = told(app, &call, &clinic, telling, (answer.referral, is_replay)).await?;
    Ok(pb::AcceptReferralResponse { referral })
}

fn parse(request: &pb::AcceptReferralRequest) -> Result<AcceptReferral, ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id("referral_id", &request.referral_id);
    let owner_id = fields.person_id("owner_id", &request.owner_id);
    let owner_name = fields.text("owner_name", &request.owner_name, 1..=200);
    // Whether it lies in the past or too far ahead is asked of a new acceptance only: a repeated one may come late.
    let expected_by = fields.instant("expected_by", request.expected_by.as_ref());
    let (Some(request_id), Some(id), Some(person_id), Some(name), Some(expected_by)) =
        (request_id, id, owner_id, owner_name, expected_by)
    else {
        return Err(fields.refused());
    };
    fields.finish()?;
    Ok(AcceptReferral { request_id, id, owner: Owner { person: Person { id: person_id, name }, expected_by } })
}
