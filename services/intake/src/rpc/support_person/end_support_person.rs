//! Ends that somebody supports a participant.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{EndSupportPersonRequest, EndSupportPersonResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ParticipantId, RequestId, SupportPersonId};
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::{store, wire};

struct EndSupportPerson {
    request_id: RequestId,
    participant: ParticipantId,
    id: SupportPersonId,
}

impl EndSupportPerson {
    fn parse(request: &EndSupportPersonRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let participant = fields.id("participant_id", &request.participant_id);
        let id = fields.id("support_person_id", &request.support_person_id);
        let (Some(request_id), Some(participant), Some(id)) = (request_id, participant, id) else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, participant, id })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<EndSupportPersonRequest>,
) -> Result<EndSupportPersonResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = EndSupportPerson::parse(&request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Participant(command.participant));
    let mut tx = match app.store.begin_once(&call, "EndSupportPerson", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    if !store::participant_lock(&mut tx, &scope, command.participant).await? {
        return Err(IntakeError::SupportPersonNotFound(command.id));
    }
    let person = store::support_person_for_update(&mut tx, &scope, command.participant, command.id).await?;
    let person = person.ended(app.now());
    store::support_person_save(&mut tx, &scope, &person).await?;
    let support_person = Some(wire::support_person::support_person(person, Vec::new()));
    Ok(tx.commit_answering(EndSupportPersonResponse { support_person }).await?)
}
