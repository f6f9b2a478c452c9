//! GetProtocol: what decides.

use harborline_proto::triage::v1 as pb;
use harborline_runtime::split;
use harborline_types::wire::{number, timestamp};
use tonic::Request;

use crate::app::App;
use crate::error::TriageError;

/// Answers the protocol in force, to every caller who may act in a program.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetProtocolRequest>,
) -> Result<pb::GetProtocolResponse, TriageError> {
    let (call, _) = split(request)?;
    call.scope()?;
    let rules = app.protocol.rules.iter().map(|rule| pb::ProtocolRule {
        name: rule.name.clone(),
        acuity: number(rule.acuity),
        description: rule.description.clone(),
    });
    Ok(pb::GetProtocolResponse {
        protocol: app.protocol.version.clone(),
        rules: rules.collect(),
        in_force_since: Some(timestamp(app.protocol.in_force_since)),
    })
}
