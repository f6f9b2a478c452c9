//! Who calls and who answers in one night, and the house rules: plain data that every policy is given alike.

use std::time::Duration;

use harborline_types::{Acuity, Channel, CounselorKind};

/// An instant of the night, counted from its beginning. Nothing runs on a real clock.
pub(crate) type At = Duration;

/// Longer than any night.
pub(crate) const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Somebody who calls.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Caller {
    pub(crate) arrives: At,
    pub(crate) acuity: Acuity,
    pub(crate) channel: Channel,
    pub(crate) language: &'static str,
    pub(crate) jurisdiction: Option<&'static str>,
    pub(crate) at_least: Option<CounselorKind>,
    pub(crate) skills: Vec<&'static str>,
    /// The counselor whom the caller knows.
    pub(crate) knows: Option<usize>,
    /// Leaves after this wait.
    pub(crate) patience: Duration,
    pub(crate) talk: Duration,
    pub(crate) wrap_up: Duration,
}

/// A counselor of the night.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counselor {
    pub(crate) kind: CounselorKind,
    pub(crate) languages: Vec<&'static str>,
    pub(crate) licenses: Vec<&'static str>,
    pub(crate) skills: Vec<&'static str>,
    pub(crate) channels: Vec<Channel>,
    /// Message conversations at once.
    pub(crate) capacity: i16,
    pub(crate) from: At,
    pub(crate) until: At,
}

/// The house rules, the same for every policy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rules {
    /// After these waits the next requirement is given up.
    pub(crate) widen_after: Vec<Duration>,
    /// After this wait the backup line takes whom nobody can be asked for.
    pub(crate) backup_after: Duration,
    pub(crate) urgent_offer_timeout: Duration,
    pub(crate) offer_timeout: Duration,
    /// When a counselor has had enough for now: urgent contacts in a row, the rest after one, and time without a break.
    /// Only the product knows of it; the others ask the tired like anybody.
    pub(crate) fatigue: (i16, Duration, Duration),
}

impl Rules {
    /// The product's defaults.
    pub(crate) fn of_the_house() -> Self {
        let seconds = Duration::from_secs;
        Self {
            widen_after: vec![seconds(10), seconds(20), seconds(30)],
            backup_after: seconds(60),
            urgent_offer_timeout: seconds(10),
            offer_timeout: seconds(20),
            fatigue: (3, seconds(300), seconds(7200)),
        }
    }

    /// Nothing is given up, nobody is handed on and nobody tires: a queue as the formulas know it.
    pub(crate) fn of_the_textbook() -> Self {
        let fatigue = (i16::MAX, Duration::ZERO, NEVER);
        Self { widen_after: vec![NEVER], backup_after: NEVER, fatigue, ..Self::of_the_house() }
    }

    /// How many requirements are given up after this wait.
    pub(crate) fn widened(&self, waited: Duration) -> usize {
        self.widen_after.iter().filter(|step| **step <= waited).count()
    }

    /// How long an offer waits for its answer.
    pub(crate) fn timeout(&self, acuity: Acuity) -> Duration {
        if acuity <= Acuity::VeryHigh { self.urgent_offer_timeout } else { self.offer_timeout }
    }
}

/// What counselors do with an offer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Habits {
    /// The fastest and the slowest answer.
    pub(crate) answers_within: (Duration, Duration),
    /// The share of offers that are given back, and that are not heard.
    pub(crate) declines: f64,
    pub(crate) misses: f64,
    /// How long a break is that the house ordered after silence.
    pub(crate) rests: Duration,
}

/// One night.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cast {
    pub(crate) seed: u64,
    /// In the order of their arrival.
    pub(crate) callers: Vec<Caller>,
    pub(crate) counselors: Vec<Counselor>,
    pub(crate) rules: Rules,
    pub(crate) habits: Habits,
}

impl Cast {
    /// Whether this counselor may be asked for this caller after this wait, room and history aside. The house rules
    /// once more, written apart from the product's.
    pub(crate) fn fits(&self, caller: usize, counselor: usize, waited: Duration) -> bool {
        let (caller, counselor) = (&self.callers[caller], &self.counselors[counselor]);
        let (given_up, urgent) = (self.rules.widened(waited), caller.acuity <= Acuity::VeryHigh);
        let standing = match (caller.at_least, given_up) {
            (None, _) | (_, 3..) => true,
            (Some(CounselorKind::LicensedClinician), 2) if urgent => counselor.kind >= CounselorKind::CrisisCounselor,
            (Some(_), 2) if !urgent => true,
            (Some(kind), _) => counselor.kind >= kind,
        };
        let speaks = given_up >= 3 || counselor.languages.contains(&caller.language);
        let licensed =
            given_up >= 3 || !urgent || caller.jurisdiction.is_none_or(|place| counselor.licenses.contains(&place));
        let skilled = given_up >= 1 || caller.skills.iter().all(|skill| counselor.skills.contains(skill));
        counselor.channels.contains(&caller.channel) && standing && speaks && licensed && skilled
    }

    /// Whether the caller takes the whole of a counselor.
    pub(crate) fn is_exclusive(&self, caller: usize) -> bool {
        self.callers[caller].channel != Channel::Message
    }

    /// The order of the queue that P3 promises.
    pub(crate) fn place(&self, caller: usize) -> (Acuity, At, usize) {
        (self.callers[caller].acuity, self.callers[caller].arrives, caller)
    }

    /// Whether a counselor who holds this many takes one more on this channel; `whole` says that one of them takes
    /// the whole counselor.
    pub(crate) fn has_room(&self, counselor: usize, caller: usize, held: usize, whole: bool) -> bool {
        if self.is_exclusive(caller) {
            held == 0
        } else {
            !whole && held < self.counselors[counselor].capacity.max(0) as usize
        }
    }
}
