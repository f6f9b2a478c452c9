//! Puts a rule of the program or of one participant: a new one, or a new version.

use harborline_identity::{ProgramScope, Subject};
use harborline_proto::intake::v1::{PutProgramRuleRequest, PutProgramRuleResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, StoreError, Tx};
use harborline_types::{ParticipantId, Phi, RequestId};
use tonic::Request;

use crate::app::App;
use crate::domain::program_rule::{KeptRule, Rule};
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::{store, wire};

/// So many rules a program has at most, and one participant.
const MOST: (usize, usize) = (200, 50);

struct PutProgramRule {
    request_id: RequestId,
    key: String,
    participant: Option<ParticipantId>,
    etag: String,
    rule: Phi<Rule>,
}

impl PutProgramRule {
    fn parse(request: &PutProgramRuleRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let key = wire::program_rule::read_key(&mut fields, &request.key);
        let participant = fields.optional_id("participant_id", &request.participant_id);
        let rule = wire::program_rule::read_rule(&mut fields, request.rule.as_ref());
        let (Some(request_id), Some(key), Some(participant), Some(rule)) = (request_id, key, participant, rule) else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, key, participant, etag: request.etag.clone(), rule })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<PutProgramRuleRequest>,
) -> Result<PutProgramRuleResponse, IntakeError> {
    let (call, request) = split(request)?;
    let PutProgramRule { request_id, key, participant, etag, rule } = PutProgramRule::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "PutProgramRule", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    if let Some(id) = participant {
        call.concerns(Subject::Participant(id));
        store::participant_for_update(&mut tx, &scope, id, None).await?;
    }
    let locked = store::program_rule_for_update(&mut tx, &scope, participant, &key).await?;
    let version = locked.as_ref().map_or(0, |locked| locked.kept.version);
    let read = locked.as_ref().map(|locked| locked.kept.etag()).unwrap_or_default();
    if etag != read {
        return Err(StoreError::EtagMismatch.into());
    }
    if locked.is_none() {
        refuse_too_many(&mut tx, &scope, participant).await?;
    }
    let (by, now) = (acting(&call)?, app.now());
    let put = Some((by.clone(), now));
    let kept = KeptRule { key, participant, rule, version: version + 1, put, is_in_force: true };
    store::program_rule_save(&mut tx, &scope, locked.as_ref(), &kept, &by, now).await?;
    Ok(tx.commit_answering(PutProgramRuleResponse { rule: Some(wire::program_rule::kept(kept)) }).await?)
}

async fn refuse_too_many(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: Option<ParticipantId>,
) -> Result<(), IntakeError> {
    let keys = tx.keys().await?;
    let rules = store::program_rule_list(tx.conn(), &keys, scope, participant).await?;
    let most = if participant.is_none() { MOST.0 } else { MOST.1 };
    if rules.iter().filter(|kept| kept.participant == participant).count() >= most {
        let fault = format!("must be the key of one of {most} rules");
        return Err(ServiceError::invalid(vec![("key".to_owned(), fault)]).into());
    }
    Ok(())
}
