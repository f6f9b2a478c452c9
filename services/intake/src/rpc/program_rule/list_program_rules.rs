//! Lists the rules of the program, and of one participant.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{ListProgramRulesRequest, ListProgramRulesResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ParticipantId;
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::fired_rules::with_shipped;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ListProgramRulesRequest>,
) -> Result<ListProgramRulesResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let participant = fields.optional_id::<ParticipantId>("participant_id", &request.participant_id);
    let Some(participant) = participant else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let (keys, reader) = (app.store.keys(&scope).await?, app.store.reader(&scope));
    if let Some(id) = participant {
        call.concerns(Subject::Participant(id));
        if !store::participant_exists(reader, &scope, id).await? {
            return Err(IntakeError::ParticipantNotFound(id));
        }
    }
    let mut rules = with_shipped(store::program_rule_list(reader, &keys, &scope, participant).await?);
    rules.sort_by(|a, b| (a.participant.is_some(), &a.key).cmp(&(b.participant.is_some(), &b.key)));
    Ok(ListProgramRulesResponse { rules: rules.into_iter().map(wire::program_rule::kept).collect() })
}
