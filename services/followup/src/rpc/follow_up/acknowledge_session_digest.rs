//! AcknowledgeSessionDigest: the care team has read up to an entry.

use harborline_identity::Subject;
use harborline_proto::followup::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ParticipantId, RequestId};
use tonic::Request;

use crate::app::App;
use crate::error::FollowUpError;
use crate::store::digest::digest_acknowledge;

struct Acknowledge {
    request_id: RequestId,
    participant: ParticipantId,
    up_to: i64,
}

/// Notes it; what was read further before stays read.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::AcknowledgeSessionDigestRequest>,
) -> Result<pb::AcknowledgeSessionDigestResponse, FollowUpError> {
    let (call, request) = split(request)?;
    let command = Acknowledge::parse(&request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Participant(command.participant));
    let mut tx = match app.store.begin_once(&call, "AcknowledgeSessionDigest", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    if !digest_acknowledge(&mut tx, &scope, command.participant, command.up_to).await? {
        return Err(FollowUpError::DigestNotFound(command.participant));
    }
    Ok(tx.commit_answering(pb::AcknowledgeSessionDigestResponse {}).await?)
}

impl Acknowledge {
    fn parse(request: &pb::AcknowledgeSessionDigestRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let participant = fields.id("participant_id", &request.participant_id);
        if request.up_to < 1 {
            fields.fault("up_to", "must be the sequence of an entry, 1 or more");
        }
        let (Some(request_id), Some(participant)) = (request_id, participant) else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, participant, up_to: request.up_to })
    }
}
