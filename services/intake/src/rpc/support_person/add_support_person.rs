//! Puts a support person of a participant on record.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{AddSupportPersonRequest, AddSupportPersonResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ParticipantId, Phi, RequestId, SupportPersonId};
use tonic::Request;

use super::admitted::{hash_of, refuse_forbidden};
use crate::app::App;
use crate::domain::support_person::{Details, SupportPerson};
use crate::error::IntakeError;
use crate::{store, wire};

/// So many support persons a participant has at most.
const MOST: usize = 50;

struct AddSupportPerson {
    request_id: RequestId,
    participant: ParticipantId,
    details: Phi<Details>,
    phrase: Option<Phi<String>>,
}

impl AddSupportPerson {
    fn parse(request: &AddSupportPersonRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let participant = fields.id("participant_id", &request.participant_id);
        let details = fields.message("details", request.details.as_ref());
        let details = wire::support_person::read_details(&mut fields, &details);
        let phrase = wire::support_person::read_phrase(&mut fields, &request.verification_phrase);
        let (Some(request_id), Some(participant), Some(details), Some(phrase)) =
            (request_id, participant, details, phrase)
        else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, participant, details, phrase })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<AddSupportPersonRequest>,
) -> Result<AddSupportPersonResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = AddSupportPerson::parse(&request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Participant(command.participant));
    let mut tx = match app.store.begin_once(&call, "AddSupportPerson", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let participant = store::participant_for_update(&mut tx, &scope, command.participant, None).await?.participant;
    refuse_forbidden(&participant, &command.details)?;
    let keys = tx.keys().await?;
    let others = store::support_person_list(tx.conn(), &keys, &scope, command.participant, false).await?;
    if others.len() >= MOST {
        let fault = format!("must have fewer than {MOST} support persons");
        return Err(ServiceError::invalid(vec![("participant_id".to_owned(), fault)]).into());
    }
    let now = app.now();
    let person = SupportPerson {
        id: SupportPersonId::new(),
        participant: command.participant,
        details: command.details,
        phrase: hash_of(command.phrase.as_ref()),
        revision: 1,
        added_at: now,
        updated_at: now,
        ended_at: None,
    };
    store::support_person_save(&mut tx, &scope, &person).await?;
    let support_person = Some(wire::support_person::support_person(person, Vec::new()));
    Ok(tx.commit_answering(AddSupportPersonResponse { support_person }).await?)
}
