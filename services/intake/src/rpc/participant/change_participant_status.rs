//! Changes where a participant stands in the program. Nobody calls somebody who has died.

use harborline_identity::{ProgramScope, Subject};
use harborline_proto::intake::v1::{ChangeParticipantStatusRequest, ChangeParticipantStatusResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, Tx, check_etag};
use harborline_types::{ParticipantId, RequestId, Timestamp};
use tonic::Request;

use crate::app::{App, stop_calls};
use crate::domain::contact::FollowUpRequest;
use crate::domain::decision::DecisionKind;
use crate::domain::participant::ParticipantStatus;
use crate::error::IntakeError;
use crate::rpc::read_etag::etag;
use crate::{store, wire};

struct ChangeParticipantStatus {
    request_id: RequestId,
    id: ParticipantId,
    status: ParticipantStatus,
    etag: String,
}

impl ChangeParticipantStatus {
    fn parse(request: &ChangeParticipantStatusRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let id = fields.id("participant_id", &request.participant_id);
        let status = fields.word("status", request.status);
        let etag = etag(&mut fields, &request.etag);
        let (Some(request_id), Some(id), Some(status), Some(etag)) = (request_id, id, status, etag) else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, id, status, etag })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<ChangeParticipantStatusRequest>,
) -> Result<ChangeParticipantStatusResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = ChangeParticipantStatus::parse(&request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Participant(command.id));
    let mut tx = match app.store.begin_once(&call, "ChangeParticipantStatus", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let now = app.now();
    if command.status == ParticipantStatus::Deceased {
        // The contacts are locked before the participant, as everywhere.
        end_follow_ups(&mut tx, &scope, command.id, now).await?;
    }
    let locked = store::participant_for_update(&mut tx, &scope, command.id, None).await?;
    check_etag(&command.etag, Some(&locked.participant.etag()))?;
    let participant = locked.participant.in_status(command.status, now);
    store::participant_save(&mut tx, &scope, &participant, &locked.phrase).await?;
    let participant = Some(wire::participant::participant(participant, locked.whereabouts));
    Ok(tx.commit_answering(ChangeParticipantStatusResponse { participant }).await?)
}

/// Ends what would lead to a call to the participant.
async fn end_follow_ups(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ParticipantId,
    now: Timestamp,
) -> Result<(), IntakeError> {
    for chain in store::chains_followed_up(tx, scope, id).await? {
        store::contact_for_update(tx, scope, chain).await?;
        store::decision_withdraw(tx, scope, chain, &DecisionKind::ABOUT_REACHING, now).await?;
        stop_calls(tx, scope, chain, FollowUpRequest::Stop, chain, now).await?;
        store::custody_follow(tx, scope, chain, now).await?;
    }
    Ok(())
}
