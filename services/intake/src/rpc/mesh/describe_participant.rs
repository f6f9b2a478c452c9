//! What somebody is to a participant, for the services that keep records about participants.

use harborline_identity::{ProgramScope, Subject};
use harborline_proto::intake::v1::{DescribeParticipantRequest, DescribeParticipantResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::{ParticipantId, PersonId};
use tonic::Request;

use crate::app::App;
use crate::assignment::{Learned, learn_of_participant};
use crate::error::IntakeError;
use crate::store;

fn parse(request: &DescribeParticipantRequest) -> Result<(ParticipantId, PersonId), ServiceError> {
    let mut fields = Fields::new();
    let participant = fields.id("participant_id", &request.participant_id);
    let person = fields.person_id("person_id", &request.person_id);
    participant.zip(person).ok_or_else(|| fields.refused())
}

/// Whether somebody whom intake does not know as a counselor of the participant has become one a moment ago.
async fn has_just_taken(
    app: &App,
    scope: &ProgramScope,
    id: ParticipantId,
    person: &PersonId,
) -> Result<bool, IntakeError> {
    match learn_of_participant(app, scope, id, person).await? {
        Learned::Theirs => Ok(true),
        Learned::NotTheirs => Ok(false),
        Learned::Unknown => Err(IntakeError::AssignmentUnknown),
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<DescribeParticipantRequest>,
) -> Result<DescribeParticipantResponse, IntakeError> {
    let (call, request) = split(request)?;
    let (id, person) = parse(&request)?;
    let scope = call.scope()?;
    let is_assigned = store::participant_is_answered_by(app.store.reader(&scope), &scope, id, &person).await?;
    let is_assigned = is_assigned.ok_or(IntakeError::ParticipantNotFound(id))?;
    call.concerns(Subject::Participant(id));
    let access = store::break_glass_lasts(app.store.reader(&scope), &scope, id, &person, app.now()).await?;
    // Emergency access waits for no other service.
    let is_assigned = is_assigned || (access.is_none() && has_just_taken(app, &scope, id, &person).await?);
    Ok(DescribeParticipantResponse { participant_id: id.to_string(), is_assigned, has_broken_glass: access.is_some() })
}
