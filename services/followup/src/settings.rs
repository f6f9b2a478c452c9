//! The settings that followup alone has.

use chrono::TimeDelta;
use harborline_config::{Problems, Validate};
use serde::Deserialize;

use crate::domain::schedule::{Endings, FirstAttempt, Schedule, Schedules};

/// The documented defaults.
pub const DEFAULTS: &str = include_str!("../defaults.toml");

const MINUTES_A_MONTH: u32 = 31 * 24 * 60;

/// Followup's own blocks.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// `[followup]`.
    pub followup: FollowUpSettings,
}

/// `[followup]`: when somebody is called again, by how the contact ended and by acuity.
#[derive(Clone, Debug, Deserialize)]
pub struct FollowUpSettings {
    /// Minutes from the end of a contact of acuity 1 or 2 that the caller broke off to the first attempt.
    pub broken_off_first_attempt_after_minutes: u32,
    /// Minutes from the end of such a contact, or of one after which the caller is called back at once, within which the
    /// first attempt must be made.
    pub prompt_due_by_minutes: u32,
    /// Minutes from the end of a contact that the backup line took to the first attempt.
    pub handed_off_first_attempt_after_minutes: u32,
    /// Hours from the end of such a contact within which the first attempt must be made.
    pub handed_off_due_by_hours: u32,
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
    /// Minutes from the end of the contact to the first attempt.
    pub first_attempt_after_minutes: u32,
    /// Hours from the end of the contact within which the first attempt must be made.
    pub due_by_hours: u32,
    /// Minutes from the end of an attempt in vain to the next one.
    pub retry_after_minutes: u32,
    /// Minutes from the end of an attempt that no counselor made to the one in its place.
    pub not_made_retry_after_minutes: u32,
    /// Attempts until a decision is needed; 0 means none.
    pub max_attempts: u32,
}

impl FollowUpSettings {
    fn by_acuity(&self) -> [AcuitySettings; 5] {
        [self.acuity_1, self.acuity_2, self.acuity_3, self.acuity_4, self.acuity_5]
    }

    /// The schedules that these settings say.
    pub fn schedules(&self) -> Schedules {
        let by_acuity = self.by_acuity().map(|settings| Schedule {
            first_attempt_after: minutes(settings.first_attempt_after_minutes),
            due_by: hours(settings.due_by_hours),
            retry_after: minutes(settings.retry_after_minutes),
            not_made_retry_after: minutes(settings.not_made_retry_after_minutes),
            max_attempts: settings.max_attempts as usize,
        });
        let prompt = minutes(self.prompt_due_by_minutes);
        let broken_off = minutes(self.broken_off_first_attempt_after_minutes);
        let handed_off = minutes(self.handed_off_first_attempt_after_minutes);
        let endings = Endings {
            broken_off: FirstAttempt { after: broken_off, due_by: prompt },
            call_back: FirstAttempt { after: TimeDelta::zero(), due_by: prompt },
            handed_off: FirstAttempt { after: handed_off, due_by: hours(self.handed_off_due_by_hours) },
        };
        Schedules::new(by_acuity, endings)
    }
}

fn minutes(minutes: u32) -> TimeDelta {
    TimeDelta::minutes(minutes.into())
}

fn hours(hours: u32) -> TimeDelta {
    TimeDelta::hours(hours.into())
}

fn is_within_hours(minutes: u32, hours: u32) -> bool {
    u64::from(minutes) <= u64::from(hours) * 60
}

impl Validate for Settings {
    fn validate(&self, problems: &mut Problems) {
        let followup = &self.followup;
        let within = followup.broken_off_first_attempt_after_minutes <= followup.prompt_due_by_minutes;
        problems.check("followup.broken_off_first_attempt_after_minutes", within, "within prompt_due_by_minutes");
        let prompt = (1..=24 * 60).contains(&followup.prompt_due_by_minutes);
        problems.check("followup.prompt_due_by_minutes", prompt, "between 1 minute and a day");
        let within = is_within_hours(followup.handed_off_first_attempt_after_minutes, followup.handed_off_due_by_hours);
        problems.check("followup.handed_off_first_attempt_after_minutes", within, "within handed_off_due_by_hours");
        let handed_off = (1..=24).contains(&followup.handed_off_due_by_hours);
        problems.check("followup.handed_off_due_by_hours", handed_off, "1 to 24");
        for (index, settings) in followup.by_acuity().into_iter().enumerate() {
            let block = format!("followup.acuity_{}", index + 1);
            let due_by = settings.due_by_hours;
            let within = is_within_hours(settings.first_attempt_after_minutes, due_by);
            problems.check(&format!("{block}.first_attempt_after_minutes"), within, "within due_by_hours");
            problems.check(&format!("{block}.due_by_hours"), due_by <= MINUTES_A_MONTH / 60, "at most a month");
            let retry = (1..=MINUTES_A_MONTH).contains(&settings.retry_after_minutes);
            problems.check(&format!("{block}.retry_after_minutes"), retry, "between 1 minute and a month");
            let retry = (1..=24 * 60).contains(&settings.not_made_retry_after_minutes);
            problems.check(&format!("{block}.not_made_retry_after_minutes"), retry, "between 1 minute and a day");
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
            ("followup.acuity_4.not_made_retry_after_minutes", "0"),
            ("followup.broken_off_first_attempt_after_minutes", "61"),
            ("followup.handed_off_first_attempt_after_minutes", "1441"),
        ];
        let variables = wrong.map(|(key, value)| (variable_name("followup", key), value.to_owned()));
        let refused = load::<Settings>(Source::isolated("followup", DEFAULTS, variables)).unwrap_err();
        let keys: Vec<_> = refused.problems.iter().map(|problem| problem.key.as_str()).collect();
        for (key, _) in wrong {
            assert!(keys.contains(&key), "{key} is not among {keys:?}");
        }
    }
}
