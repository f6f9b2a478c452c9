//! How many counselors are on duty at each instant.

use std::collections::BTreeMap;

use harborline_types::Timestamp;

use crate::domain::{Span, Spans};

/// The number of counselors on duty, as steps: each holds from its instant until the next one's. Before the first it is
/// zero.
#[derive(Clone, Debug, Default)]
pub struct Levels(Vec<(Timestamp, i32)>);

impl Levels {
    /// The levels of these counselors' times on duty.
    pub fn of<'a>(times: impl IntoIterator<Item = &'a Spans>) -> Self {
        let mut changes: BTreeMap<Timestamp, i32> = BTreeMap::new();
        for span in times.into_iter().flat_map(Spans::iter) {
            *changes.entry(span.from).or_default() += 1;
            *changes.entry(span.until).or_default() -= 1;
        }
        let mut there = 0;
        let steps = changes.into_iter().map(|(at, change)| {
            there += change;
            (at, there)
        });
        Self(steps.collect())
    }

    /// The steps within a span, the first and the last cut to it.
    pub fn steps(&self, within: Span) -> impl Iterator<Item = (Span, i32)> {
        let next = self.0.partition_point(|(at, _)| *at <= within.from);
        let before = next.checked_sub(1).and_then(|at| self.0.get(at)).map_or(0, |(_, there)| *there);
        let inside = self.0[next..].iter().copied().take_while(move |(at, _)| *at < within.until);
        let starts: Vec<_> = std::iter::once((within.from, before)).chain(inside).collect();
        let ends: Vec<_> = starts.iter().skip(1).map(|(at, _)| *at).chain([within.until]).collect();
        starts.into_iter().zip(ends).filter_map(|((from, there), until)| Some((Span::new(from, until)?, there)))
    }

    /// The lowest level in a span.
    pub fn least(&self, within: Span) -> i32 {
        self.steps(within).map(|(_, there)| there).min().unwrap_or_default()
    }
}
