//! Replaces what people edit of a support person.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{UpdateSupportPersonRequest, UpdateSupportPersonResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, check_etag};
use harborline_types::{ParticipantId, Phi, RequestId, SupportPersonId};
use tonic::Request;

use super::admitted::{hash_of, refuse_forbidden};
use crate::app::App;
use crate::domain::support_person::Details;
use crate::error::IntakeError;
use crate::rpc::read_etag::etag;
use crate::{store, wire};

struct UpdateSupportPerson {
    request_id: RequestId,
    participant: ParticipantId,
    id: SupportPersonId,
    etag: String,
    details: Phi<Details>,
    phrase: Option<Phi<String>>,
}

impl UpdateSupportPerson {
    fn parse(request: &UpdateSupportPersonRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let participant = fields.id("participant_id", &request.participant_id);
        let id = fields.id("support_person_id", &request.support_person_id);
        let etag = etag(&mut fields, &request.etag);
        let details = fields.message("details", request.details.as_ref());
        let details = wire::support_person::read_details(&mut fields, &details);
        let phrase = wire::support_person::read_phrase(&mut fields, &request.verification_phrase);
        let (Some(request_id), Some(participant), Some(id)) = (request_id, participant, id) else {
            return Err(fields.refused());
        };
        let (Some(etag), Some(details), Some(phrase)) = (etag, details, phrase) else { return Err(fields.refused()) };
        fields.finish()?;
        Ok(Self { request_id, participant, id, etag, details, phrase })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<UpdateSupportPersonRequest>,
) -> Result<UpdateSupportPersonResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = UpdateSupportPerson::parse(&request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Participant(command.participant));
    let mut tx = match app.store.begin_once(&call, "UpdateSupportPerson", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let participant = store::participant_for_update(&mut tx, &scope, command.participant, None).await?.participant;
    let person = store::support_person_for_update(&mut tx, &scope, command.participant, command.id).await?;
    check_etag(&command.etag, Some(&person.etag()))?;
    refuse_forbidden(&participant, &command.details)?;
    let person = person.with(command.details, hash_of(command.phrase.as_ref()), app.now());
    store::support_person_save(&mut tx, &scope, &person).await?;
    let support_person = Some(wire::support_person::support_person(person, Vec::new()));
    Ok(tx.commit_answering(UpdateSupportPersonResponse { support_person }).await?)
}
