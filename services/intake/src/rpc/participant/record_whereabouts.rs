//! Notes where a participant is now, for emergency services.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{RecordWhereaboutsRequest, RecordWhereaboutsResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ParticipantId, Phi, RequestId};
use tonic::Request;

use crate::app::App;
use crate::domain::participant::Whereabouts;
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::rpc::permit::facts_of_participant;
use crate::{store, wire};

struct RecordWhereabouts {
    request_id: RequestId,
    id: ParticipantId,
    place: Phi<String>,
}

impl RecordWhereabouts {
    fn parse(request: &RecordWhereaboutsRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let id = fields.id("participant_id", &request.participant_id);
        let place = fields.text("place", &request.place, 1..=500);
        let (Some(request_id), Some(id), Some(place)) = (request_id, id, place) else { return Err(fields.refused()) };
        Ok(Self { request_id, id, place: place.into() })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<RecordWhereaboutsRequest>,
) -> Result<RecordWhereaboutsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = RecordWhereabouts::parse(&request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Participant(command.id));
    // Before the transaction: a neighbor may be asked, which no transaction waits for.
    let facts = facts_of_participant(app, &call, &scope, command.id).await?;
    let mut tx = match app.store.begin_once(&call, "RecordWhereabouts", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    call.permit(&facts)?;
    let whereabouts = Whereabouts { place: command.place, by: acting(&call)?, at: app.now() };
    if !store::participant_save_whereabouts(&mut tx, &scope, command.id, &whereabouts).await? {
        return Err(IntakeError::ParticipantNotFound(command.id));
    }
    let whereabouts = Some(wire::participant::whereabouts(whereabouts));
    Ok(tx.commit_answering(RecordWhereaboutsResponse { whereabouts }).await?)
}
