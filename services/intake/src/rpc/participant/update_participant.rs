//! Replaces what people edit of a participant.

use harborline_identity::{ProgramScope, Subject};
use harborline_proto::intake::v1::{UpdateParticipantRequest, UpdateParticipantResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, Tx, check_etag};
use harborline_types::{ParticipantId, RequestId};
use tonic::Request;

use crate::app::App;
use crate::domain::participant::Details;
use crate::error::IntakeError;
use crate::rpc::read_etag::etag;
use crate::{store, wire};

struct UpdateParticipant {
    request_id: RequestId,
    id: ParticipantId,
    etag: String,
    details: Details,
}

impl UpdateParticipant {
    fn parse(request: &UpdateParticipantRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let id = fields.id("participant_id", &request.participant_id);
        let etag = etag(&mut fields, &request.etag);
        let details = fields.message("details", request.details.as_ref());
        let details = wire::participant::read_details(&mut fields, "details", &details);
        let (Some(request_id), Some(id), Some(etag), Some(details)) = (request_id, id, etag, details) else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, id, etag, details })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<UpdateParticipantRequest>,
) -> Result<UpdateParticipantResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = UpdateParticipant::parse(&request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Participant(command.id));
    let mut tx = match app.store.begin_once(&call, "UpdateParticipant", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let (now, clinician) = (app.now(), command.details.responsible_clinician.clone());
    let locked = store::participant_for_update(&mut tx, &scope, command.id, Some(&clinician)).await?;
    check_etag(&command.etag, Some(&locked.participant.etag()))?;
    refuse_forbidden(&mut tx, &scope, command.id, &command.details).await?;
    let is_followed_up_by_another = locked.participant.details.responsible_clinician != clinician;
    let participant = locked.participant.with(command.details, now);
    store::participant_save(&mut tx, &scope, &participant, &locked.phrase).await?;
    if is_followed_up_by_another {
        store::custody_pass_clinician(&mut tx, &scope, participant.id, &clinician, now).await?;
    }
    let participant = Some(wire::participant::participant(participant, locked.whereabouts));
    Ok(tx.commit_answering(UpdateParticipantResponse { participant }).await?)
}

/// Refuses emergency contacts whom the participant wants nobody to contact.
async fn refuse_forbidden(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ParticipantId,
    details: &Details,
) -> Result<(), IntakeError> {
    let contacts = &details.profile.expose().emergency_contacts;
    if contacts.is_empty() {
        return Ok(());
    }
    let keys = tx.keys().await?;
    let persons = store::support_person_list(tx.conn(), &keys, scope, id, false).await?;
    let forbidden = persons.iter().flat_map(|person| person.details.expose().forbidden_among(contacts));
    let mut fields = Fields::new();
    for index in forbidden {
        let field = format!("details.profile.emergency_contacts[{index}].phone_number");
        fields.fault(field, "must not be that of a support person whom nobody may contact");
    }
    Ok(fields.finish()?)
}
