//! Spans of time.

use chrono::TimeDelta;
use harborline_types::Timestamp;

/// A span of time that is not empty: from an instant until before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

impl Span {
    /// None when it would be empty.
    pub fn new(from: Timestamp, until: Timestamp) -> Option<Self> {
        (from < until).then_some(Self { from, until })
    }

    /// The time that two spans have in common.
    pub fn and(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.until.min(other.until))
    }

    /// Whether they have an instant in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.and(other).is_some()
    }

    /// Whether an instant lies in it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// Spans in order, none touching the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Vec<Span>);

impl Spans {
    /// The time that two spans have in common.
    pub fn and(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = Vec::new();
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            common.extend(a.and(**b));
            if a.until <= b.until {
                left.next();
            } else {
                right.next();
            }
        }
        Self(common)
    }

    /// The parts of them within a span. Found by a binary search.
    pub fn within(&self, within: Span) -> impl Iterator<Item = Span> {
        let first = self.0.partition_point(|span| span.until <= within.from);
        self.0[first..].iter().map_while(move |span| span.and(within))
    }

    /// How long they are together.
    pub fn length(&self) -> TimeDelta {
        self.iter().map(|span| span.until - span.from).sum()
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = Span> {
        self.0.iter().copied()
    }
}

/// The union of spans.
impl FromIterator<Span> for Spans {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let mut spans: Vec<_> = spans.into_iter().collect();
        spans.sort_unstable();
        let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match joined.last_mut() {
                Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
                _ => joined.push(span),
            }
        }
        Self(joined)
    }
}
