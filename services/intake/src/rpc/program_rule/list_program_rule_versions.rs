//! Lists the versions of one rule.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{ListProgramRuleVersionsRequest, ListProgramRuleVersionsResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ParticipantId;
use tonic::Request;

use crate::app::App;
use crate::domain::shipped_rules::shipped;
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ListProgramRuleVersionsRequest>,
) -> Result<ListProgramRuleVersionsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let key = wire::program_rule::read_key(&mut fields, &request.key);
    let participant = fields.optional_id::<ParticipantId>("participant_id", &request.participant_id);
    let (Some(key), Some(participant)) = (key, participant) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    if let Some(id) = participant {
        call.concerns(Subject::Participant(id));
    }
    let keys = app.store.keys(&scope).await?;
    let mut versions = store::program_rule_versions(app.store.reader(&scope), &keys, &scope, participant, &key).await?;
    // A program's own versions are those of the shipped rule under the same key, from then on.
    versions.extend(shipped().filter(|kept| participant.is_none() && kept.key == key));
    if versions.is_empty() {
        return Err(IntakeError::ProgramRuleNotFound);
    }
    Ok(ListProgramRuleVersionsResponse { versions: versions.into_iter().map(wire::program_rule::kept).collect() })
}
