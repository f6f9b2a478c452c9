//! Notes that a participant has harmed themselves.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{RecordSelfHarmRequest, RecordSelfHarmResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::wire::timestamp;
use harborline_types::{ParticipantId, RequestId, Timestamp};
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::rpc::permit::facts_of_participant;
use crate::store;

struct RecordSelfHarm {
    request_id: RequestId,
    id: ParticipantId,
    happened_at: Timestamp,
}

impl RecordSelfHarm {
    fn parse(request: &RecordSelfHarmRequest, now: Timestamp) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let id = fields.id("participant_id", &request.participant_id);
        let happened_at = fields.instant("happened_at", request.happened_at.as_ref());
        if happened_at.is_some_and(|at| at > now) {
            fields.fault("happened_at", "must not be in the future");
        }
        let (Some(request_id), Some(id), Some(happened_at)) = (request_id, id, happened_at) else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, id, happened_at })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<RecordSelfHarmRequest>,
) -> Result<RecordSelfHarmResponse, IntakeError> {
    let (call, request) = split(request)?;
    let RecordSelfHarm { request_id, id, happened_at } = RecordSelfHarm::parse(&request, app.now())?;
    let scope = call.scope()?;
    call.concerns(Subject::Participant(id));
    // Before the transaction: a neighbor may be asked, which no transaction waits for.
    let facts = facts_of_participant(app, &call, &scope, id).await?;
    let mut tx = match app.store.begin_once(&call, "RecordSelfHarm", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    call.permit(&facts)?;
    let last = store::self_harm_record(&mut tx, &scope, id, happened_at).await?;
    Ok(tx.commit_answering(RecordSelfHarmResponse { last_self_harm_at: Some(timestamp(last)) }).await?)
}
