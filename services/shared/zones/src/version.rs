//! Which release of the IANA database.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use chrono::NaiveDate;

/// A release of the IANA database, such as "2026b". Later releases are greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    year: i32,
    /// After z comes za: a longer one is later.
    letters: usize,
    letter: String,
}

impl Version {
    /// The release that a folder of zones says it is of: by `tzdata.zi`, which Debian and others ship, or by `+VERSION`.
    pub fn of_folder(folder: &Path) -> Option<Self> {
        let first_line = |name: &str| {
            let text = std::fs::read_to_string(folder.join(name)).ok()?;
            text.lines().next().map(str::to_owned)
        };
        let read = |line: String| line.trim_start_matches("# version").trim().parse().ok();
        ["tzdata.zi", "+VERSION"].into_iter().filter_map(first_line).find_map(read)
    }

    /// Whether it is older than a year. It tells the year of its release and not the day: the middle of it is taken.
    pub fn is_older_than_a_year(&self, today: NaiveDate) -> bool {
        NaiveDate::from_ymd_opt(self.year.saturating_add(1), 7, 1).is_some_and(|end| today >= end)
    }
}

/// The text is no release's name.
#[derive(Debug, thiserror::Error)]
#[error("no release of the IANA database")]
pub struct UnknownVersion;

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (year, letter) = text.split_at_checked(4).ok_or(UnknownVersion)?;
        let is_letter = (1..=2).contains(&letter.len()) && letter.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_year = year.bytes().all(|byte| byte.is_ascii_digit());
        let year = year.parse().ok().filter(|_| is_year && is_letter).ok_or(UnknownVersion)?;
        Ok(Self { year, letters: letter.len(), letter: letter.to_owned() })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{}", self.year, self.letter)
    }
}
