//! The settings that followup alone has.

use chrono::TimeDelta;
use harborline_config::{Problems, Validate};
use serde::Deserialize;

use crate::domain::schedule::{Schedule, Schedules};

/// The documented defaults.
pub const DEFAULTS: &str = include_str!("../followup.toml");

const MINUTES_A_MONTH: u32 = 31 * 24 * 60;

/// Followup's own blocks.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// `[followup]`.
    pub followup: FollowUpSettings,
}

/// `[followup]`: when somebody is called again, by acuity.
#[derive(Clone, Debug, Deserialize)]
pub struct FollowUpSettings {
    /// Emergency.
    pub acuity_1: AcuitySettings,
    /// Very high.
    pub acuity_2: AcuitySettings,
    /// High.
    pub acuity_3: AcuitySettings,
    /// Moderate.
    pub acuity_4: AcuitySettings,
    /// Routine.
    pub acuity_5: AcuitySettings,
}

/// When the attempts for contacts of one acuity are made.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct AcuitySettings {
    /// Minutes from the close of the contact to the first attempt.
    pub first_attempt_after_minutes: u32,
    /// Hours from the close within which the first attempt must be made.
    pub due_by_hours: u32,
    /// Minutes from the end of an attempt in vain to the next one.
    pub retry_after_minutes: u32,
    /// Attempts until a decision is needed; 0 means none.
    pub max_attempts: u32,
}

impl FollowUpSettings {
    fn by_acuity(&self) -> [AcuitySettings; 5] {
        [self.acuity_1, self.acuity_2, self.acuity_3, self.acuity_4, self.acuity_5]
    }

    /// The schedules that these settings say.
    pub fn schedules(&self) -> Schedules {
        Schedules::new(self.by_acuity().map(|settings| Schedule {
            first_attempt_after: TimeDelta::minutes(settings.first_attempt_after_minutes.into()),
            due_by: TimeDelta::hours(settings.due_by_hours.into()),
            retry_after: TimeDelta::minutes(settings.retry_after_minutes.into()),
            max_attempts: settings.max_attempts as usize,
        }))
    }
}

impl Validate for Settings {
    fn validate(&self, problems: &mut Problems) {
        for (index, settings) in self.followup.by_acuity().into_iter().enumerate() {
            let block = format!("followup.acuity_{}", index + 1);
            let (first, due_by) = (settings.first_attempt_after_minutes, settings.due_by_hours);
            let within = u64::from(first) <= u64::from(due_by) * 60;
            problems.check(&format!("{block}.first_attempt_after_minutes"), within, "within due_by_hours");
            problems.check(&format!("{block}.due_by_hours"), due_by <= MINUTES_A_MONTH / 60, "at most a month");
            let retry = (1..=MINUTES_A_MONTH).contains(&settings.retry_after_minutes);
            problems.check(&format!("{block}.retry_after_minutes"), retry, "between 1 minute and a month");
            problems.check(&format!("{block}.max_attempts"), settings.max_attempts <= 10, "0 to 10");
        }
    }
}

#[cfg(test)]
mod tests {
    use harborline_config::{Source, load, variable_name};

    use super::*;

    #[test]
    fn a_schedule_that_cannot_be_kept_is_refused_with_all_its_faults() {
        let wrong = [
            ("followup.acuity_1.first_attempt_after_minutes", "1500"),
            ("followup.acuity_2.max_attempts", "11"),
            ("followup.acuity_3.retry_after_minutes", "0"),
        ];
        let variables = wrong.map(|(key, value)| (variable_name("followup", key), value.to_owned()));
        let refused = load::<Settings>(Source::isolated("followup", DEFAULTS, variables)).unwrap_err();
        let keys: Vec<_> = refused.problems.iter().map(|problem| problem.key.as_str()).collect();
        for (key, _) in wrong {
            assert!(keys.contains(&key), "{key} is not among {keys:?}");
        }
    }
}
