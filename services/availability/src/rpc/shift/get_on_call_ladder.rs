//! The supervisors who are on call at an instant.

use std::sync::Arc;

use chrono::{Datelike, TimeDelta};
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::Timestamp;
use tonic::Request;

use crate::app::App;
use crate::domain::Span;
use crate::domain::shift::ladder;
use crate::error::AvailabilityError;
use crate::planned;
use crate::rpc::roster_rules;
use crate::wire::local;

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::GetOnCallLadderRequest>,
) -> Result<pb::GetOnCallLadderResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let window = parse(&request, app.clock.now())?;
    let scope = call.scope()?;

    let replica = app.clone();
    let work = move |budget| async move {
        let mut tx = replica.store.snapshot(&scope).await?;
        let rules = roster_rules::required(tx.conn(), &scope).await?;
        let roster = planned::roster(&mut tx, &scope, rules.zone, window, &budget).await?;
        let ladder = ladder(&roster, window.from);
        Ok(pb::GetOnCallLadderResponse { entries: roster_rules::wire_entries(&mut tx, &scope, rules, ladder).await? })
    };
    app.computations.run(scope.program(), work).await
}

/// One second from the instant of the request.
fn parse(request: &pb::GetOnCallLadderRequest, now: Timestamp) -> Result<Span, ServiceError> {
    let mut fields = Fields::new();
    let at = match &request.at {
        None => Some(now),
        Some(at) => fields.instant("at", Some(at)).filter(|at| local::YEARS.contains(&at.year())),
    };
    let window = at.and_then(|at| Span::new(at, at.checked_add_signed(TimeDelta::seconds(1))?));
    if window.is_none() {
        fields.fault("at", "must be in the years 2000 to 2199");
    }
    window.ok_or_else(|| fields.refused())
}
