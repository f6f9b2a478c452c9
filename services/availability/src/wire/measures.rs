//! Measures, for the wire.

use std::time::Duration;

use chrono::TimeDelta;
use harborline_proto::availability::v1 as pb;
use harborline_types::Timestamp;
use harborline_types::wire::{number, timestamp};

use crate::domain::Span;
use crate::domain::coverage::{Staffing, StaffingFigures};
use crate::domain::measures::{AnswerSpeed, Cell, Handling, SERVICE_LEVELS, ServiceLevel, StaffTime, Tally};

/// The figures of the contacts of an interval and group; without a cell, of all contacts.
pub(crate) fn contacts(
    tally: &Tally,
    cell: Option<&Cell>,
    (from, until): (Timestamp, Timestamp),
) -> pb::ContactMeasures {
    pb::ContactMeasures {
        from: Some(timestamp(from)),
        until: Some(timestamp(until)),
        channel: cell.and_then(|cell| cell.channel).map_or(0, number),
        acuity: cell.and_then(|cell| cell.acuity).map_or(0, number),
        offered: count(tally.offered),
        answered: count(tally.answered()),
        short_abandoned: count(tally.short_abandoned),
        abandoned: count(tally.abandoned),
        handed_off: count(tally.handed_off),
        waiting: count(tally.waiting),
        counselor_lost: count(tally.counselor_lost),
        answer_rate: tally.answer_rate(),
        abandon_rate: tally.abandon_rate(),
        hand_off_rate: tally.hand_off_rate(),
        answer_speed: tally.answer_speed().map(answer_speed),
        service_levels: SERVICE_LEVELS.iter().map(|within| service_level(tally.service_level(*within))).collect(),
        handling: tally.handling().map(handling),
    }
}

/// The counselors' time in an interval.
pub(crate) fn counselors(time: &StaffTime, (from, until): (Timestamp, Timestamp)) -> pb::CounselorMeasures {
    pb::CounselorMeasures {
        from: Some(timestamp(from)),
        until: Some(timestamp(until)),
        engaged: length(time.engaged),
        available: length(time.available),
        on_break: length(time.on_break),
        reconnecting: length(time.reconnecting),
        occupancy: time.occupancy(),
    }
}

/// How a span was staffed.
pub(crate) struct Staffed {
    pub(crate) actual: Staffing,
    pub(crate) planned: Staffing,
}

/// How an interval was staffed.
pub(crate) fn staffing(staffed: &Staffed, interval: Span) -> Option<pb::StaffingMeasures> {
    Some(pb::StaffingMeasures {
        from: Some(timestamp(interval.from)),
        until: Some(timestamp(interval.until)),
        actual: Some(staffing_figures(staffed.actual.figures(interval))),
        planned: Some(staffing_figures(staffed.planned.figures(interval))),
    })
}

/// Whether the interval had a requirement, a counselor on duty, or one planned to be.
pub(crate) fn is_staffed(measures: &pb::StaffingMeasures) -> bool {
    let is_any =
        |time: &Option<prost_types::Duration>| time.is_some_and(|time| time != prost_types::Duration::default());
    let figures = [measures.actual, measures.planned].into_iter().flatten();
    figures.into_iter().any(|figures| is_any(&figures.required) || is_any(&figures.on_duty))
}

/// Figures of staffing.
pub(crate) fn staffing_figures(figures: StaffingFigures) -> pb::StaffingFigures {
    let duration = |time: TimeDelta| length(time.to_std().unwrap_or_default());
    pb::StaffingFigures {
        required: duration(figures.required),
        uncovered: duration(figures.uncovered),
        on_duty: duration(figures.on_duty),
        credentialed: duration(figures.credentialed),
    }
}

fn answer_speed(speed: AnswerSpeed) -> pb::AnswerSpeed {
    pb::AnswerSpeed {
        average: length(speed.average),
        p50: length(speed.p50),
        p95: length(speed.p95),
        p99: length(speed.p99),
        longest: length(speed.longest),
    }
}

fn service_level(level: ServiceLevel) -> pb::ServiceLevel {
    pb::ServiceLevel {
        within: length(level.within),
        answered: count(level.answered),
        of_answered: level.of_answered,
        of_offered: level.of_offered,
    }
}

fn handling(handling: Handling) -> pb::Handling {
    pb::Handling {
        contacts: count(handling.contacts),
        average_conversation: length(handling.conversation),
        average_wrap_up: length(handling.wrap_up),
    }
}

/// A count, for the wire.
pub(crate) fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A length of time, for the wire. Never none: the measures are bounded.
fn length(length: Duration) -> Option<prost_types::Duration> {
    prost_types::Duration::try_from(length).ok()
}
