//! GetSessionDigest: what the care team has not read.

use harborline_identity::Subject;
use harborline_proto::followup::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::ParticipantId;
use tonic::Request;

use crate::app::App;
use crate::error::FollowUpError;
use crate::store::digest::digest_unread;
use crate::wire;

/// Answers the unread entries, oldest first.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetSessionDigestRequest>,
) -> Result<pb::GetSessionDigestResponse, FollowUpError> {
    let (call, request) = split(request)?;
    let participant = parse(&request)?;
    call.concerns(Subject::Participant(participant));
    let unread = digest_unread(&app.store, &call.scope()?, participant).await?;
    call.permit(&app.contacts.facts_of_participant(&call, participant).await?)?;
    Ok(pb::GetSessionDigestResponse { entries: unread.into_iter().map(wire::entry).collect() })
}

fn parse(request: &pb::GetSessionDigestRequest) -> Result<ParticipantId, ServiceError> {
    let mut fields = Fields::new();
    fields.id("participant_id", &request.participant_id).ok_or_else(|| fields.refused())
}
