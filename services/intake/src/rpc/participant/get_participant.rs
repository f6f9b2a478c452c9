//! Shows one participant as a person.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{GetParticipantRequest, GetParticipantResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ParticipantId;
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::rpc::permit::facts_of_participant;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<GetParticipantRequest>,
) -> Result<GetParticipantResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.id::<ParticipantId>("participant_id", &request.participant_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;
    call.concerns(Subject::Participant(id));
    let keys = app.store.keys(&scope).await?;
    // Before anything else, so that a refused caller does not learn whether there is such a participant.
    call.permit(&facts_of_participant(app, &call, &scope, id).await?)?;
    let found = store::participant_find_with_whereabouts(app.store.reader(&scope), &keys, &scope, id).await?;
    let (participant, whereabouts) = found.ok_or(IntakeError::ParticipantNotFound(id))?;
    Ok(GetParticipantResponse { participant: Some(wire::participant::participant(participant, whereabouts)) })
}
