//! `[decisions]`, and `[notify]` of the crate that pages.

use chrono::TimeDelta;
use harborline_config::{Problems, Validate};
use harborline_notify::NotifySettings;
use serde::Deserialize;

/// The documented defaults.
pub(crate) const DEFAULTS: &str =
    concat!(include_str!("../defaults.toml"), "\n", include_str!("../../shared/notify/defaults/notify.toml"));

/// What only intake has.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// How fast a supervisor decides.
    pub decisions: DecisionSettings,
    /// How the supervisor on call is paged.
    pub notify: NotifySettings,
}

/// `[decisions]`: what only a supervisor may decide.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct DecisionSettings {
    /// Minutes within which it is decided.
    pub decide_within_minutes: u32,
    /// Minutes between pages while something is undecided.
    pub page_again_after_minutes: u32,
}

/// How fast a supervisor decides, on the domain's clock.
#[derive(Clone, Copy, Debug)]
pub struct DecisionTimes {
    /// From then on the clinical director is paged too.
    pub decide_within: TimeDelta,
    /// Between pages.
    pub page_again_after: TimeDelta,
}

impl DecisionSettings {
    /// The times that these settings say.
    pub fn times(self) -> DecisionTimes {
        DecisionTimes {
            decide_within: TimeDelta::minutes(self.decide_within_minutes.into()),
            page_again_after: TimeDelta::minutes(self.page_again_after_minutes.into()),
        }
    }
}

impl Validate for Settings {
    fn validate(&self, problems: &mut Problems) {
        let is_sensible = |minutes: u32| (1..=1440).contains(&minutes);
        let (within, again) = (self.decisions.decide_within_minutes, self.decisions.page_again_after_minutes);
        problems.check("decisions.decide_within_minutes", is_sensible(within), "between 1 and 1440 minutes");
        problems.check("decisions.page_again_after_minutes", is_sensible(again), "between 1 and 1440 minutes");
        problems.check(
            "decisions.page_again_after_minutes",
            again <= within,
            "at most decisions.decide_within_minutes",
        );
        self.notify.validate(problems);
    }
}

#[cfg(test)]
mod tests {
    use harborline_config::{Source, load};

    use super::*;

    #[test]
    fn what_is_undecided_is_paged_again_before_its_time_is_over() {
        let faults = |again: &str| {
            let variable = ("HARBORLINE_INTAKE__DECISIONS__PAGE_AGAIN_AFTER_MINUTES".to_owned(), again.to_owned());
            // The settings of every service that have no default are missing here; only our own are looked at.
            load::<Settings>(Source::isolated("intake", DEFAULTS, [variable])).unwrap_err().to_string()
        };
        assert!(faults("16").contains("decisions.page_again_after_minutes"));
        assert!(!faults("15").contains("decisions.page_again_after_minutes"));
    }
}
