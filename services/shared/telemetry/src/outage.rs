//! A fault that goes on for a while, said once: when it begins, each minute that it lasts, and when it is over.
//!
//! What is tried again every few hundred milliseconds while a database or a neighbor is away would otherwise fill the log
//! with one fault, and hide the next one.

use std::borrow::Cow;
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::line::chain;

/// The shortest time between two lines of one outage, and between the beginnings of two: what fails now and then fills no
/// log either.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// One thing that may fail again and again, in whatever task notices.
#[derive(Debug)]
pub struct Outage {
    what: Cow<'static, str>,
    /// Read first: what goes well is the rule.
    lasts: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    said_at: Option<Instant>,
    lasting: Option<Lasting>,
}

#[derive(Debug)]
struct Lasting {
    since: Instant,
    times: u64,
    is_said: bool,
}

impl Outage {
    /// What a line says of it: a sentence without its end, such as "triage does not answer".
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), lasts: AtomicBool::new(false), state: Mutex::default() }
    }

    /// Notes how an attempt ended.
    pub fn note<T, E: Error + 'static>(&self, outcome: &Result<T, E>) {
        match outcome {
            Ok(_) => self.over(),
            Err(error) => self.failed(error),
        }
    }

    /// Notes that an attempt failed. The error's text is logged: no personal or health information.
    pub fn failed(&self, error: &(dyn Error + 'static)) {
        if let Some((times, seconds)) = self.failed_at(Instant::now()) {
            tracing::warn!(error = chain(error), times, seconds, "{}", self.what);
        }
    }

    /// Notes that an attempt went well.
    pub fn over(&self) {
        if self.lasts.load(Ordering::Relaxed)
            && let Some((times, seconds)) = self.over_at(Instant::now())
        {
            tracing::info!(times, seconds, "{}: this is over", self.what);
        }
    }

    /// How often it has failed and for how many seconds, when that is to be said now.
    fn failed_at(&self, now: Instant) -> Option<(u64, u64)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.lasts.store(true, Ordering::Relaxed);
        let is_to_be_said = state.said_at.is_none_or(|at| now.duration_since(at) >= SAY_AGAIN);
        let lasting = state.lasting.get_or_insert(Lasting { since: now, times: 0, is_said: false });
        lasting.times += 1;
        lasting.is_said |= is_to_be_said;
        let said = (lasting.times, now.duration_since(lasting.since).as_secs());
        is_to_be_said.then(|| {
            state.said_at = Some(now);
            said
        })
    }

    /// The same when it is over, if its beginning was said.
    fn over_at(&self, now: Instant) -> Option<(u64, u64)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.lasts.store(false, Ordering::Relaxed);
        let ended = state.lasting.take().filter(|ended| ended.is_said)?;
        Some((ended.times, now.duration_since(ended.since).as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_said_when_it_begins_each_minute_and_when_it_is_over() {
        let outage = Outage::new("triage does not answer");
        let begins = Instant::now();
        let after = |seconds| begins + Duration::from_secs(seconds);
        let said: Vec<_> = (0..130).filter_map(|second| outage.failed_at(after(second))).collect();
        assert_eq!(said, [(1, 0), (61, 60), (121, 120)]);
        assert_eq!(outage.over_at(after(131)), Some((130, 131)));
        assert_eq!(outage.over_at(after(132)), None, "it is over once");
    }

    #[test]
    fn what_fails_now_and_then_is_said_once_a_minute() {
        let outage = Outage::new("triage does not answer");
        let begins = Instant::now();
        let mut said = Vec::new();
        for second in (0..100).map(Duration::from_secs) {
            said.extend(outage.failed_at(begins + second).map(|_| (second.as_secs(), "fails")));
            said.extend(outage.over_at(begins + second).map(|_| (second.as_secs(), "over")));
        }
        assert_eq!(said, [(0, "fails"), (0, "over"), (60, "fails"), (60, "over")]);
    }
}
