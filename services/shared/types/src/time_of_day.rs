//! The time that a wall clock shows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::UnknownWord;

const MINUTES_A_DAY: i16 = 24 * 60;

/// A time of day in whole minutes, "00:00" to "23:59".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TimeOfDay(i16);

impl TimeOfDay {
    /// So many minutes after midnight; none if that is no time of the day.
    pub fn from_minutes(minutes: i16) -> Option<Self> {
        (0..MINUTES_A_DAY).contains(&minutes).then_some(Self(minutes))
    }

    /// Minutes after midnight.
    pub fn minutes(self) -> i16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let read = text.split_once(':').filter(|(hours, minutes)| digits(hours) && digits(minutes));
        let read = read.and_then(|(hours, minutes)| Some((hours.parse::<i16>().ok()?, minutes.parse::<i16>().ok()?)));
        let read = read.filter(|(hours, minutes)| *hours < 24 && *minutes < 60);
        read.map(|(hours, minutes)| Self(hours * 60 + minutes)).ok_or(UnknownWord("time of day"))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}
