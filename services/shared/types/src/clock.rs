//! Where "now" comes from.
//!
//! Facts of the domain (opened, closed, due) are dated by a [`Clock`], so that a development mesh can live through a
//! night in a minute. Leases, deadlines, response times and retries run on real time and do not use it.

use chrono::{DateTime, TimeDelta, Utc};

/// An instant of the domain.
pub type Timestamp = DateTime<Utc>;

/// The source of "now" for facts of the domain.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A faster clock, the same in every process that is given the same values.
    Development(DevelopmentClock),
}

/// A clock that showed `start` at the real instant `start_real` and runs `speed` times as fast since.
#[derive(Clone, Debug)]
pub struct DevelopmentClock {
    /// The real instant at which the clock began.
    pub start_real: Timestamp,
    /// What it showed then.
    pub start: Timestamp,
    /// How many of its seconds pass in a real one; positive.
    pub speed: f64,
}

impl Clock {
    /// The current instant of the domain, in whole microseconds as Postgres keeps them.
    pub fn now(&self) -> Timestamp {
        self.at(Utc::now())
    }

    /// What this clock shows at a real instant.
    pub fn at(&self, real: Timestamp) -> Timestamp {
        match self {
            Clock::System => truncated(real),
            Clock::Development(clock) => {
                let elapsed = (real - clock.start_real).num_microseconds().unwrap_or(i64::MAX) as f64;
                truncated(clock.start + TimeDelta::microseconds((elapsed * clock.speed) as i64))
            }
        }
    }

    /// How long to wait, really, until this clock shows `instant`; zero when it has passed.
    pub fn real_time_until(&self, instant: Timestamp) -> std::time::Duration {
        let left = (instant - self.now()).to_std().unwrap_or_default();
        match self {
            Clock::System => left,
            Clock::Development(clock) => left.div_f64(clock.speed.max(f64::MIN_POSITIVE)),
        }
    }
}

fn truncated(instant: Timestamp) -> Timestamp {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_development_clock_runs_from_its_start_at_its_speed() {
        let start_real = truncated(Utc::now());
        let start = start_real + TimeDelta::days(1);
        let clock = Clock::Development(DevelopmentClock { start_real, start, speed: 1500.0 });
        let later = clock.at(start_real + TimeDelta::seconds(2));
        assert_eq!((later - start).num_seconds(), 3000);
    }

    #[test]
    fn waiting_for_the_past_takes_no_time() {
        let clock = Clock::System;
        assert_eq!(clock.real_time_until(clock.now() - TimeDelta::hours(1)), std::time::Duration::ZERO);
    }
}
