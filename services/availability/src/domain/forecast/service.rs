//! The service that a number of counselors gives, and the number that a target needs.

use std::time::Duration;

use harborline_types::{Budget, BudgetSpent};

use super::arrivals::{Arrivals, HALF_HOUR};
use super::queue::{Lengths, all_busy_without_queue};
use super::wait::{Rates, answered_within};

/// The work of a half hour: arrivals, the time that each takes, and the patience of callers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// Contacts in a half hour.
    pub arrivals: Arrivals,
    /// The mean time that a contact takes, wrap-up included.
    pub handling: Duration,
    /// The mean time after which a caller gives up.
    pub patience: Duration,
}

impl Work {
    /// How many counselors the contacts would keep busy if no caller gave up.
    pub fn load(&self) -> f64 {
        self.arrivals.total() * self.handling.as_secs_f64() / HALF_HOUR.as_seconds_f64()
    }
}

/// The share of contacts that is to be answered in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Between 0 and 1.
    pub share: f64,
    /// The wait that counts as in time.
    pub wait: Duration,
}

/// The service that counselors give in a half hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Service {
    /// The share of all contacts that is answered in time. A caller who gives up was not answered.
    pub in_time: f64,
    /// The same of acuity 1 and 2.
    pub urgent_in_time: f64,
    /// The same of the others.
    pub other_in_time: f64,
    /// The share of callers who give up.
    pub abandoned: f64,
    /// The mean wait, also of callers who give up.
    pub mean_wait: Duration,
    /// The share of the counselors' time that is spent on contacts.
    pub occupancy: f64,
}

/// The service of `counselors` for this work, with `wait` as in time. None when no contact arrives.
pub fn service(work: &Work, counselors: u32, wait: Duration) -> Option<Service> {
    let arrivals = work.arrivals.total() / HALF_HOUR.as_seconds_f64();
    if arrivals <= 0.0 {
        return None;
    }
    let served = f64::from(counselors) / work.handling.as_secs_f64();
    let impatience = 1.0 / work.patience.as_secs_f64();
    let all = Lengths::while_all_busy(arrivals, served, impatience);
    let all_busy = all.all_busy(all_busy_without_queue(counselors, work.load()));
    let waiting = all_busy * all.mean();
    let abandoned = (impatience * waiting / arrivals).clamp(0.0, 1.0);

    let urgent = work.arrivals.urgent / HALF_HOUR.as_seconds_f64();
    let in_time = |ahead: &Lengths, overtaking: f64| {
        let rates = Rates { overtaking, served, impatience };
        1.0 - all_busy + all_busy * answered_within(ahead, rates, wait.as_secs_f64())
    };
    let urgent_in_time = in_time(&Lengths::while_all_busy(urgent, served, impatience), 0.0);
    let other_in_time = in_time(&all, urgent);
    let urgent_part = work.arrivals.urgent / work.arrivals.total();
    Some(Service {
        in_time: urgent_part * urgent_in_time + (1.0 - urgent_part) * other_in_time,
        urgent_in_time,
        other_in_time,
        abandoned,
        mean_wait: Duration::try_from_secs_f64(waiting / arrivals).unwrap_or(work.patience),
        occupancy: occupancy(work.load() * (1.0 - abandoned), counselors),
    })
}

/// The share of the counselors' time that answered contacts take. Clamped, since rounding could make a full share more
/// than 1.
fn occupancy(kept: f64, counselors: u32) -> f64 {
    if counselors == 0 { 0.0 } else { (kept / f64::from(counselors)).clamp(0.0, 1.0) }
}

/// The fewest counselors who meet the target for all contacts together; 0 when no contact arrives.
///
/// More counselors never answer fewer in time (tested), so the search halves. Any share below 1 is met by enough: with
/// n beyond the load, the share of callers who wait at all goes to 0.
///
/// # Errors
/// When the budget is spent.
pub fn needed(work: &Work, target: Target, budget: &dyn Budget) -> Result<u32, BudgetSpent> {
    let meets = |counselors| {
        budget.check()?;
        Ok(service(work, counselors, target.wait).is_none_or(|it| it.in_time >= target.share))
    };
    if meets(0)? {
        return Ok(0);
    }
    let (mut too_few, mut enough) = (0, (work.load().ceil() as u32).max(1));
    while !meets(enough)? {
        (too_few, enough) = (enough, enough + enough.isqrt().max(1));
    }
    while enough - too_few > 1 {
        let between = too_few + (enough - too_few) / 2;
        if meets(between)? { enough = between } else { too_few = between }
    }
    Ok(enough)
}
