//! The counselors and supervisors who are to be on duty in a span.

use std::sync::Arc;

use chrono::TimeDelta;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::PersonId;
use tonic::Request;

use crate::app::App;
use crate::domain::Span;
use crate::error::AvailabilityError;
use crate::planned;
use crate::rpc::roster_rules;
use crate::wire::local;

/// The longest span of one call.
const MOST: TimeDelta = TimeDelta::days(15);

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::GetRosterRequest>,
) -> Result<pb::GetRosterResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (window, only) = parse(&request)?;
    let scope = call.scope()?;

    let replica = app.clone();
    let work = move |budget| async move {
        let mut tx = replica.store.snapshot(&scope).await?;
        let rules = roster_rules::required(tx.conn(), &scope).await?;
        let roster = planned::roster(&mut tx, &scope, rules.zone, window, &budget).await?;
        let entries = roster.iter().filter(|entry| only.as_ref().is_none_or(|only| entry.counselor == *only));
        Ok(pb::GetRosterResponse { entries: roster_rules::wire_entries(&mut tx, &scope, rules, entries).await? })
    };
    app.computations.run(scope.program(), work).await
}

fn parse(request: &pb::GetRosterRequest) -> Result<(Span, Option<PersonId>), ServiceError> {
    let mut fields = Fields::new();
    let window = local::span(&mut fields, request.from.as_ref(), request.until.as_ref(), MOST);
    let only = &request.counselor_id;
    let only = if only.is_empty() { Some(None) } else { fields.person_id("counselor_id", only).map(Some) };
    let (Some(window), Some(only)) = (window, only) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((window, only))
}
