//! Ends a rule, a shipped one too.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{EndProgramRuleRequest, EndProgramRuleResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, StoreError};
use harborline_types::{ParticipantId, RequestId};
use tonic::Request;

use crate::app::App;
use crate::domain::program_rule::KeptRule;
use crate::domain::shipped_rules::shipped;
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::{store, wire};

struct EndProgramRule {
    request_id: RequestId,
    key: String,
    participant: Option<ParticipantId>,
    etag: String,
}

impl EndProgramRule {
    fn parse(request: &EndProgramRuleRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let key = wire::program_rule::read_key(&mut fields, &request.key);
        let participant = fields.optional_id("participant_id", &request.participant_id);
        let (Some(request_id), Some(key), Some(participant)) = (request_id, key, participant) else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, key, participant, etag: request.etag.clone() })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<EndProgramRuleRequest>,
) -> Result<EndProgramRuleResponse, IntakeError> {
    let (call, request) = split(request)?;
    let EndProgramRule { request_id, key, participant, etag } = EndProgramRule::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "EndProgramRule", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    if let Some(id) = participant {
        call.concerns(Subject::Participant(id));
        store::participant_for_update(&mut tx, &scope, id, None).await?;
    }
    let locked = store::program_rule_for_update(&mut tx, &scope, participant, &key).await?;
    let known = match &locked {
        Some(locked) => Some(locked.kept.clone()),
        None => shipped().find(|kept| participant.is_none() && kept.key == key),
    };
    let known = known.ok_or(IntakeError::ProgramRuleNotFound)?;
    if etag != known.etag() {
        return Err(StoreError::EtagMismatch.into());
    }
    let (by, now) = (acting(&call)?, app.now());
    let version = known.version + 1;
    let kept = KeptRule { version, put: Some((by.clone(), now)), is_in_force: false, ..known };
    store::program_rule_save(&mut tx, &scope, locked.as_ref(), &kept, &by, now).await?;
    Ok(tx.commit_answering(EndProgramRuleResponse { rule: Some(wire::program_rule::kept(kept)) }).await?)
}
