//! How many counselors each half hour needs, and how far the roster is from it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use harborline_identity::ProgramScope;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Tx;
use harborline_types::wire::timestamp;
use harborline_types::{Budget, BudgetSpent, Channel, Timestamp};
use tonic::Request;

use crate::app::App;
use crate::domain::coverage::{Levels, on_line};
use crate::domain::forecast::{
    Arrivals, HALF_HOUR, History, MOST_BUSY, Service, Target, Work, half_hour_start, half_hours, needed, service,
};
use crate::domain::shift::RosterRules;
use crate::domain::{Span, Spans};
use crate::error::AvailabilityError;
use crate::rpc::roster_rules;
use crate::wire::local;
use crate::wire::requirement::optional_word;
use crate::{planned, store};

/// The longest span of one call.
const MOST: TimeDelta = TimeDelta::days(8);
/// The length of a call and the patience of a caller where the request has none: the figures of the performance goals.
const HANDLING: Duration = Duration::from_secs(15 * 60);
const PATIENCE: Duration = Duration::from_secs(3 * 60);
/// 95 % in 20 seconds, as backup centers of the national line are held to.
const SHARE: f64 = 0.95;
const WAIT: Duration = Duration::from_secs(20);

/// The request, as it was read.
struct Question {
    span: Span,
    given: Vec<Arrivals>,
    channel: Option<Channel>,
    handling: Duration,
    patience: Duration,
    target: Target,
}

/// One half hour, as the formulas take it.
struct HalfHour {
    at: Timestamp,
    arrivals: Arrivals,
    planned: i32,
}

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::ForecastCoverageRequest>,
) -> Result<pb::ForecastCoverageResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let question = parse(&request)?;
    let scope = call.scope()?;

    let replica = app.clone();
    let work = move |budget| async move {
        let mut tx = replica.store.snapshot(&scope).await?;
        let rules = roster_rules::required(tx.conn(), &scope).await?;
        let arrivals = arrivals(&mut tx, &scope, rules, &question).await?;
        check_load(&question, &arrivals)?;
        let levels = levels(&mut tx, &scope, rules, &question, &budget).await?;
        drop(tx);
        let half_hours = half_hours(question.span.from, question.span.until).zip(arrivals);
        let half_hours = half_hours.filter_map(|(at, arrivals)| {
            Some(HalfHour { at, arrivals, planned: levels.least(Span::new(at, at + HALF_HOUR)?) })
        });
        let half_hours: Vec<_> = half_hours.collect();
        Ok(pb::ForecastCoverageResponse { intervals: compute(&question, &half_hours, &budget)? })
    };
    app.computations.run(scope.program(), work).await
}

/// The arrivals of each half hour: those of the request, or the means of history.
async fn arrivals(
    tx: &mut Tx,
    scope: &ProgramScope,
    rules: RosterRules,
    question: &Question,
) -> Result<Vec<Arrivals>, AvailabilityError> {
    if !question.given.is_empty() {
        return Ok(question.given.clone());
    }
    let past = store::past_arrivals(tx, scope, question.channel).await?;
    let history = past.and_then(|past| History::of(rules.zone, past.span.from, past.span.until, &past.counts));
    let history = history.ok_or(AvailabilityError::ArrivalsUnknown)?;
    Ok(half_hours(question.span.from, question.span.until).map(|at| history.expected(at)).collect())
}

fn check_load(question: &Question, arrivals: &[Arrivals]) -> Result<(), ServiceError> {
    let is_too_much = |arrivals: &&Arrivals| question.work(**arrivals).load() > MOST_BUSY;
    if arrivals.iter().any(|arrivals| is_too_much(&arrivals)) {
        let fault = format!("must not keep more than {MOST_BUSY} counselors busy at once");
        return Err(ServiceError::invalid(vec![("arrivals".to_owned(), fault)]));
    }
    Ok(())
}

/// How many counselors who answer on the channel are on line shifts.
async fn levels(
    tx: &mut Tx,
    scope: &ProgramScope,
    rules: RosterRules,
    question: &Question,
    budget: &dyn Budget,
) -> Result<Levels, AvailabilityError> {
    let on_line = on_line(&planned::roster(tx, scope, rules.zone, question.span, budget).await?);
    let Some(channel) = question.channel else { return Ok(Levels::of(on_line.values())) };
    let counselors = store::counselors_of(tx, scope, &on_line.keys().collect::<Vec<_>>()).await?;
    let able = counselors.iter().filter(|counselor| counselor.channels.contains(&channel));
    let able: Vec<&Spans> = able.filter_map(|counselor| on_line.get(&counselor.id)).collect();
    Ok(Levels::of(able))
}

fn compute(
    question: &Question,
    half_hours: &[HalfHour],
    budget: &dyn Budget,
) -> Result<Vec<pb::ForecastInterval>, BudgetSpent> {
    // Many half hours have the same arrivals if these come from a table of the caller.
    let mut known: HashMap<(u64, u64), u32> = HashMap::new();
    let interval = |half_hour: &HalfHour| {
        let (arrivals, planned) = (half_hour.arrivals, half_hour.planned);
        let work = question.work(arrivals);
        let key = (arrivals.urgent.to_bits(), arrivals.other.to_bits());
        let needed = match known.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(unknown) => *unknown.insert(needed(&work, question.target, budget)?),
        };
        let needed = i32::try_from(needed).unwrap_or(i32::MAX);
        let service = service(&work, planned.unsigned_abs(), question.target.wait);
        Ok(pb::ForecastInterval {
            starts_at: Some(timestamp(half_hour.at)),
            arrivals: Some(pb::Arrivals { urgent: arrivals.urgent, other: arrivals.other }),
            needed,
            planned,
            missing: (needed - planned).max(0),
            service: service.map(wire_service),
        })
    };
    half_hours.iter().map(interval).collect()
}

fn wire_service(service: Service) -> pb::Service {
    pb::Service {
        answered_in_time: service.in_time,
        urgent_answered_in_time: service.urgent_in_time,
        other_answered_in_time: service.other_in_time,
        abandoned: service.abandoned,
        mean_wait: prost_types::Duration::try_from(service.mean_wait).ok(),
        occupancy: service.occupancy,
    }
}

impl Question {
    fn work(&self, arrivals: Arrivals) -> Work {
        Work { arrivals, handling: self.handling, patience: self.patience }
    }
}

fn parse(request: &pb::ForecastCoverageRequest) -> Result<Question, ServiceError> {
    let mut fields = Fields::new();
    let span = local::span(&mut fields, request.from.as_ref(), request.until.as_ref(), MOST);
    if let Some(span) = span {
        for (field, at) in [("from", span.from), ("until", span.until)] {
            if half_hour_start(at) != at {
                fields.fault(field, "must be on a full or half hour");
            }
        }
        let expected = (span.until - span.from).num_minutes() / HALF_HOUR.num_minutes();
        if !request.arrivals.is_empty() && request.arrivals.len() as i64 != expected {
            fields.fault("arrivals", "must be one for each half hour, or none");
        }
    }
    for (index, arrivals) in request.arrivals.iter().enumerate() {
        for (class, count) in [("urgent", arrivals.urgent), ("other", arrivals.other)] {
            if !(0.0..=1e6).contains(&count) {
                fields.fault(format!("arrivals[{index}].{class}"), "must be 0 to a million");
            }
        }
    }
    let channel = optional_word(&mut fields, "channel", request.channel);
    let seconds = |least, most| Duration::from_secs(least)..=Duration::from_secs(most);
    let handling = fields.duration("handling", request.handling.as_ref(), HANDLING, seconds(60, 4 * 3600));
    let patience = fields.duration("patience", request.patience.as_ref(), PATIENCE, seconds(30, 86_400));
    let wait = fields.duration("target_wait", request.target_wait.as_ref(), WAIT, seconds(1, 60));
    let share = if request.target_share == 0.0 { SHARE } else { request.target_share };
    if !(0.5..=0.999).contains(&share) {
        fields.fault("target_share", "must be 0.5 to 0.999, or 0");
    }
    let (Some(span), Some(channel), Some(handling), Some(patience), Some(wait)) =
        (span, channel, handling, patience, wait)
    else {
        return Err(fields.refused());
    };
    fields.finish()?;
    let given = request.arrivals.iter().map(|it| Arrivals { urgent: it.urgent, other: it.other }).collect();
    Ok(Question { span, given, channel, handling, patience, target: Target { share, wait } })
}
