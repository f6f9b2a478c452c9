//! Lists the program's participants.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{ListParticipantsRequest, ListParticipantsResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::PageTokens;
use harborline_types::PersonId;
use tonic::Request;

use crate::app::App;
use crate::domain::participant::ParticipantStatus;
use crate::error::IntakeError;
use crate::store::Listed;
use crate::{store, wire};

struct ListParticipants {
    page_size: i64,
    statuses: Vec<ParticipantStatus>,
    clinician: Option<PersonId>,
}

impl ListParticipants {
    fn parse(request: &ListParticipantsRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let page_size = fields.page_size("page_size", request.page_size);
        let statuses = fields.words("statuses", &request.statuses);
        let clinician = match request.responsible_clinician_id.as_str() {
            "" => Some(None),
            id => fields.person_id("responsible_clinician_id", id).map(Some),
        };
        let (Some(page_size), Some(statuses), Some(clinician)) = (page_size, statuses, clinician) else {
            return Err(fields.refused());
        };
        Ok(Self { page_size, statuses, clinician })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<ListParticipantsRequest>,
) -> Result<ListParticipantsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = ListParticipants::parse(&request)?;
    let scope = call.scope()?;
    let filter = ListParticipantsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let tokens = PageTokens::of(scope.program(), "ListParticipants", &filter);
    let keys = app.store.keys(&scope).await?;
    let listed = Listed {
        statuses: &command.statuses,
        clinician: command.clinician.as_ref(),
        after: tokens.position(&request.page_token)?,
        // One more than asked for tells whether there is a next page.
        most: command.page_size + 1,
    };
    let mut participants = store::participant_list(app.store.reader(&scope), &keys, &scope, &listed).await?;
    let next_page_token = tokens.cut(&mut participants, command.page_size, |participant| participant.id);
    participants.iter().for_each(|participant| call.concerns(Subject::Participant(participant.id)));
    let participants = participants.into_iter().map(wire::participant::summary).collect();
    Ok(ListParticipantsResponse { participants, next_page_token })
}
