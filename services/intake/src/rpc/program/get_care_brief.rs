//! Shows a participant's care brief to the counselor in a conversation with them.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{GetCareBriefRequest, GetCareBriefResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ParticipantId;
use harborline_types::wire::timestamp;
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::rpc::permit::facts_of_participant;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<GetCareBriefRequest>,
) -> Result<GetCareBriefResponse, IntakeError> {
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
    let participant = store::participant_find(app.store.reader(&scope), &keys, &scope, id).await?;
    let participant = participant.ok_or(IntakeError::ParticipantNotFound(id))?;
    let plan = store::safety_plan_find(app.store.reader(&scope), &keys, &scope, id).await?;
    let details = participant.details;
    Ok(GetCareBriefResponse {
        participant_id: id.to_string(),
        name: details.name.into_exposed(),
        language: details.language,
        jurisdiction: details.jurisdiction.unwrap_or_default(),
        responsible_clinician: Some(details.responsible_clinician.into()),
        care_brief: Some(wire::care_brief(participant.care_brief.into_exposed())),
        updated_at: Some(timestamp(participant.updated_at)),
        safety_plan: plan.map(wire::safety_plan::plan),
    })
}
