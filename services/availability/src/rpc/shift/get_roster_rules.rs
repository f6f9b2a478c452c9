//! The program's roster rules.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_store::etag;
use tonic::Request;

use crate::app::App;
use crate::domain::shift::RosterRules;
use crate::error::AvailabilityError;
use crate::rpc::roster_rules;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetRosterRulesRequest>,
) -> Result<pb::GetRosterRulesResponse, AvailabilityError> {
    let (call, _) = split(request)?;
    let scope = call.scope()?;

    let rules = roster_rules::required(app.store.reader(&scope), &scope).await?;
    Ok(pb::GetRosterRulesResponse { rules: Some(wire(rules)) })
}

/// Roster rules, for the wire.
pub(super) fn wire(rules: RosterRules) -> pb::RosterRules {
    let (time_zone, swaps_need_supervisor) = (rules.zone.name().to_owned(), rules.swaps_need_supervisor);
    let edited = pb::RosterRules { time_zone, swaps_need_supervisor, etag: String::new() };
    pb::RosterRules { etag: etag(&edited), ..edited }
}
