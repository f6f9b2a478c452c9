//! What became of contacts.

use std::collections::BTreeMap;
use std::time::Duration;

use harborline_types::{Acuity, Channel, Timestamp};

use super::{Cuts, share};

/// The waits for which service levels are told.
pub const SERVICE_LEVELS: [Duration; 3] = [Duration::from_secs(15), Duration::from_secs(20), Duration::from_secs(30)];

/// Who left before this wait was over is a short abandon, where nothing else is asked.
pub const SHORT_ABANDON: Duration = Duration::from_secs(5);

/// One contact, as its ticket's stored steps tell it. Real time.
#[derive(Clone, Debug)]
pub struct ContactFacts {
    /// How the caller reached the line.
    pub channel: Channel,
    /// The acuity that it came to.
    pub acuity: Acuity,
    /// Entered the queue.
    pub queued_at: Timestamp,
    /// A counselor took it for the first time.
    pub answered_at: Option<Timestamp>,
    /// The caller left while it waited.
    pub left_at: Option<Timestamp>,
    /// The backup line took it.
    pub handed_off_at: Option<Timestamp>,
    /// A counselor's connection did not come back.
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

/// What contacts are told apart by, beside the interval.
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

/// What became of some contacts.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Entered the queue.
    pub offered: usize,
    /// Left before the short wait was over.
    pub short_abandoned: usize,
    /// Left later.
    pub abandoned: usize,
    /// Handed to the backup line.
    pub handed_off: usize,
    /// Not answered yet, and still here.
    pub waiting: usize,
    /// Lost a counselor.
    pub counselor_lost: usize,
    /// The waits of the answered, in order.
    waits: Vec<Duration>,
    /// The waits of those who were not answered, short abandons aside: so far, where they still wait.
    unanswered: Vec<(Duration, bool)>,
    handled: Vec<(Duration, Duration)>,
}

/// How fast the answered were answered.
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

/// How many were answered within a wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceLevel {
    /// The wait.
    pub within: Duration,
    /// How many were.
    pub answered: usize,
    /// Of the answered, 0 to 1.
    pub of_answered: Option<f64>,
    /// Of those whose answer is known to have come in time or not, 0 to 1.
    pub of_offered: Option<f64>,
}

/// How long contacts took counselors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handling {
    /// How many, whose engagements have all ended.
    pub contacts: usize,
    /// The mean conversation.
    pub conversation: Duration,
    /// The mean wrap-up.
    pub wrap_up: Duration,
}

/// Tallies contacts: all of them, and each interval and group in which there was one. Who entered the queue outside the
/// time of the cuts is not counted.
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

    /// How many a counselor took.
    pub fn answered(&self) -> usize {
        self.waits.len()
    }

    /// Of the offered, 0 to 1.
    pub fn answer_rate(&self) -> Option<f64> {
        share(self.answered(), self.offered)
    }

    /// Of the offered without short abandons, 0 to 1.
    pub fn abandon_rate(&self) -> Option<f64> {
        share(self.abandoned, self.offered - self.short_abandoned)
    }

    /// Of the offered, 0 to 1.
    pub fn hand_off_rate(&self) -> Option<f64> {
        share(self.handed_off, self.offered)
    }

    /// How fast the answered were answered; none when nobody was.
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

    /// The smallest wait that so many of a hundred did not exceed.
    fn percentile(&self, of_hundred: usize) -> Duration {
        let rank = (self.waits.len() * of_hundred).div_ceil(100).max(1);
        self.waits.get(rank - 1).copied().unwrap_or_default()
    }

    /// How many were answered within a wait.
    pub fn service_level(&self, within: Duration) -> ServiceLevel {
        let answered = self.waits.partition_point(|wait| *wait <= within);
        // Who still waits, and has not waited so long, may yet be answered in time.
        let missed = self.unanswered.iter().filter(|(waited, waits)| !waits || *waited > within).count();
        ServiceLevel {
            within,
            answered,
            of_answered: share(answered, self.waits.len()),
            of_offered: share(answered, self.waits.len() + missed),
        }
    }

    /// How long they took counselors; none when no engagement has ended.
    pub fn handling(&self) -> Option<Handling> {
        let contacts = self.handled.len();
        (contacts > 0).then(|| Handling {
            contacts,
            conversation: mean(self.handled.iter().map(|(conversation, _)| *conversation), contacts),
            wrap_up: mean(self.handled.iter().map(|(_, wrap_up)| *wrap_up), contacts),
        })
    }
}

/// The mean of so many lengths of time, which are not none.
fn mean(times: impl Iterator<Item = Duration>, count: usize) -> Duration {
    times.sum::<Duration>() / u32::try_from(count.max(1)).unwrap_or(u32::MAX)
}
