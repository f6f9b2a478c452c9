//! Compares the roster with the requirements.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::wire::{self, timestamp};
use harborline_types::{Budget, BudgetSpent};
use tonic::Request;

use crate::app::App;
use crate::domain::Span;
use crate::domain::coverage::{Announcement, Coverage, Duty, Hole, Levels, intervals};
use crate::domain::shift::Zone;
use crate::error::AvailabilityError;
use crate::rpc::roster_rules;
use crate::wire::local;
use crate::wire::measures::staffing_figures;
use crate::wire::requirement;
use crate::{planned, store};

/// The longest span of one call.
const MOST: TimeDelta = TimeDelta::days(35);
const MOST_INTERVALS: i64 = 400;
const SHORTEST: TimeDelta = TimeDelta::minutes(15);
const USUAL: TimeDelta = TimeDelta::minutes(30);
const LONGEST: TimeDelta = TimeDelta::days(1);

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::GetCoverageRequest>,
) -> Result<pb::GetCoverageResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (window, length) = parse(&request)?;
    let scope = call.scope()?;

    let replica = app.clone();
    let work = move |budget| async move {
        let mut tx = replica.store.snapshot(&scope).await?;
        let rules = roster_rules::required(tx.conn(), &scope).await?;
        let planned = planned::duty(&mut tx, &scope, rules.zone, window, &budget).await?;
        let announced = store::announcement_list(&mut tx, &scope, window).await?;
        drop(tx);
        Ok(compute(&planned, &announced, rules.zone, (window, length), &budget)?)
    };
    app.computations.run(scope.program(), work).await
}

fn compute(
    planned: &Duty,
    announced: &[Announcement],
    zone: Zone,
    (window, length): (Span, TimeDelta),
    budget: &dyn Budget,
) -> Result<pb::GetCoverageResponse, BudgetSpent> {
    let covered = planned.coverage(zone, window, budget)?;
    let staffing = planned.staffing(&covered, window);

    let everybody = Levels::of(planned.times.values());
    let interval = |span| {
        budget.check()?;
        let staffing = Some(staffing_figures(staffing.figures(span)));
        Ok(pb::CoverageInterval { staffing, ..interval(span, &everybody, &covered) })
    };
    let intervals = intervals(window, length).map(interval).collect::<Result<_, _>>()?;
    let mut holes: Vec<_> = covered.iter().flat_map(|it| it.holes().into_iter().map(move |hole| (it, hole))).collect();
    holes.sort_by_key(|(_, hole)| (hole.span, hole.requirement));
    let mut announced_of: HashMap<_, Vec<&Announcement>> = HashMap::new();
    for announcement in announced {
        announced_of.entry(announcement.requirement).or_default().push(announcement);
    }
    let hole = |(covered, hole): (&Coverage<'_>, Hole)| {
        budget.check()?;
        Ok(wire_hole(covered, hole, announced_of.get(&hole.requirement).map_or(&[], Vec::as_slice)))
    };
    let holes = holes.into_iter().map(hole).collect::<Result<_, _>>()?;
    Ok(pb::GetCoverageResponse { intervals, holes, staffing: Some(staffing_figures(staffing.figures(window))) })
}

fn parse(request: &pb::GetCoverageRequest) -> Result<(Span, TimeDelta), ServiceError> {
    let mut fields = Fields::new();
    let window = local::span(&mut fields, request.from.as_ref(), request.until.as_ref(), MOST);
    let length = match &request.interval {
        None => Some(USUAL),
        Some(given) => wire::duration(given).and_then(|given| TimeDelta::from_std(given).ok()),
    };
    let length = length.filter(|length| (SHORTEST..=LONGEST).contains(length));
    match (window, length) {
        (_, None) => fields.fault("interval", "must be 15 minutes to a day"),
        (Some(window), Some(length)) if window.until - window.from > length * MOST_INTERVALS as i32 => {
            fields.fault("interval", format!("must divide the time into at most {MOST_INTERVALS}"));
        }
        _ => {}
    }
    let (Some(window), Some(length)) = (window, length) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((window, length))
}

fn interval(span: Span, everybody: &Levels, covered: &[Coverage<'_>]) -> pb::CoverageInterval {
    let requirement = |covered: &Coverage<'_>| {
        let (planned, required) = (covered.planned_in(span)?, covered.requirement.at_least);
        Some(pb::RequirementCoverage {
            requirement_id: covered.requirement.id.to_string(),
            required,
            planned,
            missing: (required - planned).max(0),
        })
    };
    pb::CoverageInterval {
        starts_at: Some(timestamp(span.from)),
        ends_at: Some(timestamp(span.until)),
        planned: everybody.least(span),
        requirements: covered.iter().filter_map(requirement).collect(),
        staffing: None,
    }
}

/// A hole, for the wire, with the time at which it, or a hole that contains it, was announced.
fn wire_hole(covered: &Coverage<'_>, hole: Hole, announced: &[&Announcement]) -> pb::CoverageHole {
    let is_it = |it: &&&Announcement| it.span.overlaps(hole.span);
    let announced_at = announced.iter().filter(is_it).map(|it| it.announced_at).min();
    pb::CoverageHole {
        requirement: Some(requirement::write(covered.requirement)),
        starts_at: Some(timestamp(hole.span.from)),
        ends_at: Some(timestamp(hole.span.until)),
        planned: hole.planned,
        announced_at: announced_at.map(timestamp),
    }
}
