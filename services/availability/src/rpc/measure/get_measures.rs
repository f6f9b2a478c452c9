//! How a program answered its contacts in a span.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use harborline_identity::ProgramScope;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Tx;
use harborline_types::{Budget, Timestamp, within};
use tonic::Request;

use crate::app::App;
use crate::domain::Span;
use crate::domain::measures::{Cuts, Grouping, Interval, PresenceFact, SHORT_ABANDON, contacts, on_duty, staff};
use crate::domain::shift::Zone;
use crate::error::AvailabilityError;
use crate::wire::measures::Staffed;
use crate::wire::{local, measures};
use crate::{planned, store};

/// The longest wait that may be called short.
const LONGEST_SHORT_ABANDON: Duration = Duration::from_secs(300);

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::GetMeasuresRequest>,
) -> Result<pb::GetMeasuresResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let asked = parse(&request)?;
    let scope = call.scope()?;

    let replica = app.clone();
    let work = move |budget| async move { measure(&replica, &scope, &asked, &budget).await };
    app.computations.run(scope.program(), work).await
}

async fn measure(
    app: &App,
    scope: &ProgramScope,
    asked: &Asked,
    budget: &dyn Budget,
) -> Result<pb::GetMeasuresResponse, AvailabilityError> {
    let mut tx = app.store.snapshot(scope).await?;
    let rules = store::roster_rules(tx.conn(), scope).await?;
    // The days of a program without a roster begin by UTC.
    let zone = asked.zone.unwrap_or_else(|| rules.map_or(Zone::UTC, |rules| rules.zone));
    let (cuts, now) = (Cuts::new(asked.from, asked.until, asked.interval, zone), store::database_now(&mut tx).await?);
    let contact_facts = store::contact_facts(&mut tx, scope, cuts.span()).await?;
    let (presences, engagements) = store::staff_facts(&mut tx, scope, cuts.span()).await?;
    let passed = Span::new(asked.from, asked.until.min(now));
    let staffed = match (rules, passed) {
        (Some(rules), Some(passed)) => Some(staffed(&mut tx, scope, rules.zone, (&presences, passed), budget).await?),
        _ => None,
    };
    drop(tx);

    let tally = |facts: &mut dyn Iterator<Item = _>| contacts(facts, &cuts, asked.grouping, asked.short_abandon, now);
    let (all, cells) = within(budget, contact_facts, tally)?;
    let (all_staff, intervals) = within(budget, presences, |facts| staff(facts, engagements, &cuts, now))?;
    let staffing = |(from, until)| measures::staffing(staffed.as_ref()?, Span::new(from, until)?);
    let on_duty = intervals.iter().enumerate().filter(|(_, time)| !time.on_duty().is_zero());
    let staffed_intervals = |indexes: &mut dyn Iterator<Item = usize>| {
        indexes.filter_map(|index| staffing(cuts.interval(index))).filter(measures::is_staffed).collect()
    };
    Ok(pb::GetMeasuresResponse {
        time_zone: zone.name().to_owned(),
        all_contacts: Some(measures::contacts(&all, None, cuts.span())),
        contacts: cells
            .iter()
            .map(|(cell, tally)| measures::contacts(tally, Some(cell), cuts.interval(cell.interval)))
            .collect(),
        all_counselors: Some(measures::counselors(&all_staff, cuts.span())),
        counselors: on_duty.map(|(index, time)| measures::counselors(time, cuts.interval(index))).collect(),
        all_staffing: staffing(cuts.span()),
        staffing: within(budget, 0..cuts.len(), staffed_intervals)?,
    })
}

/// How a past span was staffed, and how the roster had planned it.
async fn staffed(
    tx: &mut Tx,
    scope: &ProgramScope,
    zone: Zone,
    (presences, passed): (&[PresenceFact], Span),
    budget: &dyn Budget,
) -> Result<Staffed, AvailabilityError> {
    let actual = store::duty_of(tx, scope, on_duty(presences, passed)).await?;
    let planned = planned::duty(tx, scope, zone, passed, budget).await?;
    let (actual, planned) = (actual.staffing_over(zone, passed, budget)?, planned.staffing_over(zone, passed, budget)?);
    Ok(Staffed { actual, planned })
}

/// The request, as it was read.
struct Asked {
    from: Timestamp,
    until: Timestamp,
    interval: Interval,
    grouping: Grouping,
    zone: Option<Zone>,
    short_abandon: Duration,
}

fn parse(request: &pb::GetMeasuresRequest) -> Result<Asked, ServiceError> {
    let mut fields = Fields::new();
    let (from, until) =
        (fields.instant("from", request.from.as_ref()), fields.instant("until", request.until.as_ref()));
    let interval = interval(&mut fields, request.interval);
    let grouping = grouping(&mut fields, &request.group_by);
    let zone = local::optional_zone(&mut fields, "time_zone", &request.time_zone);
    let short_abandons = Duration::ZERO..=LONGEST_SHORT_ABANDON;
    let short_abandon = fields.duration("short_abandon", request.short_abandon.as_ref(), SHORT_ABANDON, short_abandons);
    if let (Some(from), Some(until), Some(interval)) = (from, until, interval) {
        let most = interval.most_days();
        if from >= until || until - from > TimeDelta::days(most) {
            fields.fault("until", format!("must be after `from`, by at most {most} days"));
        }
    }
    let (Some(from), Some(until), Some(interval), Some(zone), Some(short_abandon)) =
        (from, until, interval, zone, short_abandon)
    else {
        return Err(fields.refused());
    };
    fields.finish()?;
    Ok(Asked { from, until, interval, grouping, zone, short_abandon })
}

fn interval(fields: &mut Fields, wire: i32) -> Option<Interval> {
    let interval = match pb::MeasureInterval::try_from(wire).ok() {
        Some(pb::MeasureInterval::Unspecified) => Some(Interval::Whole),
        Some(pb::MeasureInterval::QuarterHour) => Some(Interval::QuarterHour),
        Some(pb::MeasureInterval::HalfHour) => Some(Interval::HalfHour),
        Some(pb::MeasureInterval::Day) => Some(Interval::Day),
        None => None,
    };
    if interval.is_none() {
        fields.fault("interval", "must be one of the values");
    }
    interval
}

fn grouping(fields: &mut Fields, wire: &[i32]) -> Grouping {
    let mut grouping = Grouping::default();
    for (index, wire) in wire.iter().enumerate() {
        let chosen = match pb::MeasureGrouping::try_from(*wire) {
            Ok(pb::MeasureGrouping::Channel) => &mut grouping.by_channel,
            Ok(pb::MeasureGrouping::Acuity) => &mut grouping.by_acuity,
            Ok(pb::MeasureGrouping::Unspecified) | Err(_) => {
                fields.fault(format!("group_by[{index}]"), "must be one of the values, not unspecified");
                break;
            }
        };
        if std::mem::replace(chosen, true) {
            fields.fault(format!("group_by[{index}]"), "must not be there twice");
            break;
        }
    }
    grouping
}
