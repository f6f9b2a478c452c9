//! Measures of contacts: answered, abandoned, handed off, and how fast.

use std::collections::BTreeMap;
use std::time::Duration;

use harborline_types::{Acuity, Channel, Timestamp};

use super::{Cuts, share};

/// The waits for which service levels are measured.
pub const SERVICE_LEVELS: [Duration; 3] = [Duration::from_secs(15), Duration::from_secs(20), Duration::from_secs(30)];

/// A caller who left before this wait was over is a short abandon, unless the request has another wait.
pub const SHORT_ABANDON: Duration = Duration::from_secs(5);

/// One contact, as its ticket's stored steps tell it. Real time.
#[derive(Clone, Debug)]
pub struct ContactFacts {
    /// The channel by which the caller came.
    pub channel: Channel,
    /// The last acuity of the ticket.
    pub acuity: Acuity,
    /// When it entered the queue.
    pub queued_at: Timestamp,
    /// When a counselor took it for the first time.
    pub answered_at: Option<Timestamp>,
    /// When the caller left while it waited.
    pub left_at: Option<Timestamp>,
    /// When the backup line took it.
    pub handed_off_at: Option<Timestamp>,
    /// Whether it lost a counselor, who did not reconnect within the grace.
    pub counselor_lost: bool,
    /// The length of its conversations and of their wrap-ups, once all of them have ended.
    pub handled: Option<(Duration, Duration)>,
}

impl ContactFacts {
    /// How long it waited until an instant.
    fn waited(&self, until: Timestamp) -> Duration {
        (until - self.queued_at).to_std().unwrap_or_default()
    }
}

/// What contacts are grouped by, beside the interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grouping {
    /// By channel.
    pub by_channel: bool,
    /// By acuity.
    pub by_acuity: bool,
}

/// One interval and group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The interval's number.
    pub interval: usize,
    /// Where contacts are grouped by it.
    pub channel: Option<Channel>,
    /// Where contacts are grouped by it.
    pub acuity: Option<Acuity>,
}

/// The figures of some contacts.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Contacts that entered the queue.
    pub offered: usize,
    /// Contacts that left before the short wait was over.
    pub short_abandoned: usize,
    /// Contacts that left later.
    pub abandoned: usize,
    /// Contacts that were handed to the backup line.
    pub handed_off: usize,
    /// Contacts that still wait.
    pub waiting: usize,
    /// Contacts that lost a counselor.
    pub counselor_lost: usize,
    /// The waits of answered contacts, in order.
    waits: Vec<Duration>,
    /// The waits of contacts that were not answered, without short abandons, and whether they still wait: then so far.
    unanswered: Vec<(Duration, bool)>,
    handled: Vec<(Duration, Duration)>,
}

/// The waits of answered contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerSpeed {
    /// The mean.
    pub average: Duration,
    /// Half of them waited no longer.
    pub p50: Duration,
    /// 95 of 100 waited no longer.
    pub p95: Duration,
    /// 99 of 100 waited no longer.
    pub p99: Duration,
    /// The longest wait.
    pub longest: Duration,
}

/// How many contacts were answered within a wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceLevel {
    /// The wait.
    pub within: Duration,
    /// The contacts answered within it.
    pub answered: usize,
    /// Their share of the answered contacts, 0 to 1.
    pub of_answered: Option<f64>,
    /// Their share of the contacts of which it is known whether they were answered in time, 0 to 1.
    pub of_offered: Option<f64>,
}

/// The time that counselors spent on contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handling {
    /// The contacts whose engagements have all ended.
    pub contacts: usize,
    /// The mean conversation.
    pub conversation: Duration,
    /// The mean wrap-up.
    pub wrap_up: Duration,
}

/// Tallies contacts: all of them, and each interval and group that has one. A contact that entered the queue outside
/// the span of the cuts is not counted.
pub fn contacts(
    facts: impl IntoIterator<Item = ContactFacts>,
    cuts: &Cuts,
    grouping: Grouping,
    short_abandon: Duration,
    now: Timestamp,
) -> (Tally, BTreeMap<Cell, Tally>) {
    let (mut all, mut cells) = (Tally::default(), BTreeMap::<Cell, Tally>::new());
    for facts in facts {
        let Some(interval) = cuts.of(facts.queued_at) else { continue };
        let cell = Cell {
            interval,
            channel: grouping.by_channel.then_some(facts.channel),
            acuity: grouping.by_acuity.then_some(facts.acuity),
        };
        all.count(&facts, short_abandon, now);
        cells.entry(cell).or_default().count(&facts, short_abandon, now);
    }
    all.waits.sort_unstable();
    cells.values_mut().for_each(|tally| tally.waits.sort_unstable());
    (all, cells)
}

impl Tally {
    fn count(&mut self, facts: &ContactFacts, short_abandon: Duration, now: Timestamp) {
        self.offered += 1;
        self.counselor_lost += usize::from(facts.counselor_lost);
        self.handed_off += usize::from(facts.handed_off_at.is_some());
        self.handled.extend(facts.handled);
        match (facts.answered_at, facts.handed_off_at, facts.left_at) {
            (Some(answered_at), ..) => self.waits.push(facts.waited(answered_at)),
            (None, Some(handed_off_at), _) => self.unanswered.push((facts.waited(handed_off_at), false)),
            (None, None, Some(left_at)) if facts.waited(left_at) < short_abandon => self.short_abandoned += 1,
            (None, None, Some(left_at)) => {
                self.abandoned += 1;
                self.unanswered.push((facts.waited(left_at), false));
            }
            (None, None, None) => {
                self.waiting += 1;
                self.unanswered.push((facts.waited(now), true));
            }
        }
    }

    /// The contacts that a counselor took.
    pub fn answered(&self) -> usize {
        self.waits.len()
    }

    /// The answered share of the offered contacts, 0 to 1.
    pub fn answer_rate(&self) -> Option<f64> {
        share(self.answered(), self.offered)
    }

    /// The abandoned share of the offered contacts without short abandons, 0 to 1.
    pub fn abandon_rate(&self) -> Option<f64> {
        share(self.abandoned, self.offered - self.short_abandoned)
    }

    /// The handed off share of the offered contacts, 0 to 1.
    pub fn hand_off_rate(&self) -> Option<f64> {
        share(self.handed_off, self.offered)
    }

    /// The waits of the answered contacts; none when no contact was answered.
    pub fn answer_speed(&self) -> Option<AnswerSpeed> {
        let longest = *self.waits.last()?;
        Some(AnswerSpeed {
            average: mean(self.waits.iter().copied(), self.waits.len()),
            p50: self.percentile(50),
            p95: self.percentile(95),
            p99: self.percentile(99),
            longest,
        })
    }

    /// The smallest wait that this many of a hundred answered contacts did not exceed.
    fn percentile(&self, of_hundred: usize) -> Duration {
        let rank = (self.waits.len() * of_hundred).div_ceil(100).max(1);
        self.waits.get(rank - 1).copied().unwrap_or_default()
    }

    /// How many contacts were answered within a wait.
    pub fn service_level(&self, within: Duration) -> ServiceLevel {
        let answered = self.waits.partition_point(|wait| *wait <= within);
        // A contact that still waits, and has not waited this long yet, may still be answered in time.
        let missed = self.unanswered.iter().filter(|(waited, waits)| !waits || *waited > within).count();
        ServiceLevel {
            within,
            answered,
            of_answered: share(answered, self.waits.len()),
            of_offered: share(answered, self.waits.len() + missed),
        }
    }

    /// The time that counselors spent on the contacts; none when no engagement has ended.
    pub fn handling(&self) -> Option<Handling> {
        let contacts = self.handled.len();
        (contacts > 0).then(|| Handling {
            contacts,
            conversation: mean(self.handled.iter().map(|(conversation, _)| *conversation), contacts),
            wrap_up: mean(self.handled.iter().map(|(_, wrap_up)| *wrap_up), contacts),
        })
    }
}

/// The mean of so many lengths of time; `count` is not zero.
fn mean(times: impl Iterator<Item = Duration>, count: usize) -> Duration {
    times.sum::<Duration>() / u32::try_from(count.max(1)).unwrap_or(u32::MAX)
}
