//! Lists a participant's support persons, with what consents allow them.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{ListSupportPersonsRequest, ListSupportPersonsResponse};
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
    request: Request<ListSupportPersonsRequest>,
) -> Result<ListSupportPersonsResponse, IntakeError> {
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
    let reader = app.store.reader(&scope);
    let persons = store::support_person_list(reader, &keys, &scope, id, request.with_ended).await?;
    if persons.is_empty() {
        // Whether there is such a participant is asked only then: a support person is always somebody's.
        return match store::participant_exists(reader, &scope, id).await? {
            true => Ok(ListSupportPersonsResponse::default()),
            false => Err(IntakeError::ParticipantNotFound(id)),
        };
    }
    let program = store::program_get(reader, &scope).await?.ok_or(IntakeError::ProgramNotReady)?;
    let records = store::consent_list(reader, &keys, &scope, id).await?;
    let consents: Vec<_> = records.into_iter().map(|record| record.consent).collect();
    let now = app.now();
    let shown = persons.into_iter().map(|person| {
        let allowed = person.details.expose().allowed(id, &consents, program.is_part2, now);
        wire::support_person::support_person(person, allowed)
    });
    Ok(ListSupportPersonsResponse { support_persons: shown.collect() })
}
