//! `[clock]`: the development clock.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de::Error as _};

use super::Environment;
use crate::problems::{Problems, Validate};

/// The development clock as configured.
#[derive(Debug, Clone, Deserialize)]
pub struct ClockSettings {
    /// The instant of the system clock at which `start` is shown.
    #[serde(deserialize_with = "instant")]
    pub start_real: Option<DateTime<Utc>>,
    /// The instant shown at `start_real`.
    #[serde(deserialize_with = "instant")]
    pub start: Option<DateTime<Utc>>,
    /// Seconds that pass per real second.
    pub speed: f64,
}

/// A clock that shows `start` at the real instant `start_real` and runs `speed` times as fast as the system's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DevelopmentClock {
    /// The instant of the system clock at which `start` is shown.
    pub start_real: DateTime<Utc>,
    /// The instant shown at `start_real`.
    pub start: DateTime<Utc>,
    /// Seconds that pass per real second; above 0.
    pub speed: f64,
}

impl ClockSettings {
    /// The development clock; none when the system clock is to be used.
    pub fn development(&self) -> Option<DevelopmentClock> {
        Some(DevelopmentClock { start_real: self.start_real?, start: self.start?, speed: self.speed })
    }

    #[allow(clippy::float_cmp, reason = "1.0 is written, not computed")]
    pub(crate) fn validate_for(&self, environment: Environment, problems: &mut Problems) {
        if environment == Environment::Development {
            return;
        }
        let message = "is refused in production; only environment = \"development\" may run on another clock";
        for (key, is_set) in [
            ("clock.start_real", self.start_real.is_some()),
            ("clock.start", self.start.is_some()),
            ("clock.speed", self.speed != 1.0),
        ] {
            if is_set {
                problems.add(key, message);
            }
        }
    }
}

impl Validate for ClockSettings {
    #[allow(clippy::float_cmp, reason = "1.0 is written, not computed")]
    fn validate(&self, problems: &mut Problems) {
        let both = "set when clock.start or clock.speed is";
        problems.check("clock.start_real", self.start_real.is_some() || self.start.is_none(), both);
        problems.check(
            "clock.start",
            self.start.is_some() || self.start_real.is_none(),
            "set when clock.start_real is",
        );
        let speed = self.speed > 0.0 && self.speed <= 100_000.0;
        problems.check("clock.speed", speed, "above 0 and at most 100000");
        let anchored = self.start_real.is_some() || self.speed == 1.0;
        problems.check("clock.start_real", anchored, both);
    }
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = DateTime::parse_from_rfc3339(&text);
    parsed.map(|at| Some(at.to_utc())).map_err(|_| D::Error::custom("must be empty or an RFC 3339 instant"))
}
