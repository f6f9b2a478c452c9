//! The sections `[dispatch]`, `[notify]` and `[zones]`: response times of a program that has none of its own, the
//! leases and heartbeats of replicas, pages, and time zones.

use std::path::{Path, PathBuf};
use std::time::Duration;

use harborline_config::{Problems, Validate};
use harborline_notify::NotifySettings;
use harborline_zones::{Zones, ZonesError};
use serde::Deserialize;

use crate::domain::{Ageing, FatigueRules, ResponseTimes};

/// The documented defaults of the settings below.
pub const DEFAULTS: &str =
    concat!(include_str!("../defaults.toml"), "\n", include_str!("../../shared/notify/defaults/notify.toml"));

/// The settings that only availability has.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// Response times and leases.
    pub dispatch: DispatchSettings,
    /// How the supervisor on call is paged.
    pub notify: NotifySettings,
    /// Where time zones are read from.
    pub zones: ZoneSettings,
}

/// Where time zones are read from.
#[derive(Clone, Debug, Deserialize)]
pub struct ZoneSettings {
    /// A folder of compiled time zones that counts before all others; empty: none.
    pub directory: PathBuf,
}

impl ZoneSettings {
    /// The zones of the folder; without a folder, the newer of the system's and the binary's.
    ///
    /// # Errors
    /// When the folder holds none.
    pub fn zones(&self) -> Result<Zones, ZonesError> {
        let system = Path::new(harborline_zones::SYSTEM);
        if self.directory.as_os_str().is_empty() {
            return Ok(Zones::newest(system));
        }
        Zones::mounted(&self.directory, system)
    }
}

/// Response times of a pool without its own, and the times of the matchers. Milliseconds of real time.
#[derive(Clone, Debug, Deserialize)]
pub struct DispatchSettings {
    /// How long an offer of acuity 1 or 2 waits for an answer.
    pub urgent_offer_timeout_ms: u64,
    /// How long an offer of acuity 3 to 5 waits for an answer.
    pub offer_timeout_ms: u64,
    /// After these waits the next requirement is given up; ascending, at most three.
    pub widen_after_ms: Vec<u64>,
    /// The supervisor on call is paged after this wait.
    pub page_after_ms: u64,
    /// The caller is offered the backup line after this wait.
    pub backup_after_ms: u64,
    /// How long a broken Attend stream may take to come back.
    pub presence_grace_ms: u64,
    /// After each such wait a contact counts one acuity more urgent for its place in the queue, up to acuity 3; 0:
    /// none.
    pub age_after_ms: u64,
    /// To how many counselors an emergency is offered at once; 1 to 8.
    pub emergency_offers: i16,
    /// How long the counselor whom the caller knows is preferred.
    pub preferred_ms: u64,
    /// After this many contacts of acuity 1 and 2 in a row a counselor is asked for the next only if no other is
    /// left.
    pub fatigue_urgent_in_a_row: i16,
    /// For this long after one a counselor is asked for anything only if no other is left.
    pub fatigue_recovery_ms: u64,
    /// After this long without a break a counselor is asked for anything only if no other is left.
    pub fatigue_longest_stretch_ms: u64,
    /// How long a replica may decide for a pool without renewing.
    pub matcher_lease_ms: u64,
    /// After this silence of a replica its Attend streams count as broken.
    pub replica_silence_ms: u64,
}

impl DispatchSettings {
    /// The response times of a pool without its own.
    pub fn response_times(&self) -> ResponseTimes {
        ResponseTimes {
            urgent_offer_timeout: Duration::from_millis(self.urgent_offer_timeout_ms),
            offer_timeout: Duration::from_millis(self.offer_timeout_ms),
            widen_after: self.widen_after_ms.iter().copied().map(Duration::from_millis).collect(),
            page_after: Duration::from_millis(self.page_after_ms),
            backup_after: Duration::from_millis(self.backup_after_ms),
            presence_grace: Duration::from_millis(self.presence_grace_ms),
            ageing: Ageing::after(Duration::from_millis(self.age_after_ms)),
            emergency_offers: self.emergency_offers,
        }
    }

    /// The fatigue rules of a pool without its own.
    pub fn fatigue(&self) -> FatigueRules {
        FatigueRules {
            urgent_in_a_row: self.fatigue_urgent_in_a_row,
            recovery: Duration::from_millis(self.fatigue_recovery_ms),
            longest_stretch: Duration::from_millis(self.fatigue_longest_stretch_ms),
        }
    }

    /// How long the counselor whom the caller knows is preferred.
    pub fn preferred(&self) -> Duration {
        Duration::from_millis(self.preferred_ms)
    }

    /// How long a replica may decide for a pool without renewing.
    pub fn matcher_lease(&self) -> Duration {
        Duration::from_millis(self.matcher_lease_ms)
    }

    /// After this silence of a replica its Attend streams count as broken.
    pub fn replica_silence(&self) -> Duration {
        Duration::from_millis(self.replica_silence_ms)
    }

    /// The interval of heartbeats and of renewals of leases: three in the shorter of the two times.
    pub fn beat(&self) -> Duration {
        self.matcher_lease().min(self.replica_silence()) / 3
    }
}

impl Validate for Settings {
    fn validate(&self, problems: &mut Problems) {
        let dispatch = &self.dispatch;
        for (key, value) in [
            ("dispatch.urgent_offer_timeout_ms", dispatch.urgent_offer_timeout_ms),
            ("dispatch.offer_timeout_ms", dispatch.offer_timeout_ms),
            ("dispatch.page_after_ms", dispatch.page_after_ms),
            ("dispatch.backup_after_ms", dispatch.backup_after_ms),
            ("dispatch.presence_grace_ms", dispatch.presence_grace_ms),
        ] {
            problems.check(key, (1..=3_600_000).contains(&value), "between 1 and 3600000 milliseconds");
        }
        for (key, value) in [
            ("dispatch.matcher_lease_ms", dispatch.matcher_lease_ms),
            ("dispatch.replica_silence_ms", dispatch.replica_silence_ms),
        ] {
            problems.check(key, (300..=60_000).contains(&value), "between 300 and 60000 milliseconds");
        }
        problems.check("dispatch.emergency_offers", (1..=8).contains(&dispatch.emergency_offers), "between 1 and 8");
        let (row, recovery) = (dispatch.fatigue_urgent_in_a_row, dispatch.fatigue_recovery_ms);
        problems.check("dispatch.fatigue_urgent_in_a_row", (1..=100).contains(&row), "between 1 and 100");
        problems.check("dispatch.fatigue_recovery_ms", recovery <= 3_600_000, "at most 3600000 milliseconds");
        let stretch = (60_000..=86_400_000).contains(&dispatch.fatigue_longest_stretch_ms);
        problems.check("dispatch.fatigue_longest_stretch_ms", stretch, "between 60000 and 86400000 milliseconds");
        problems.check("dispatch.age_after_ms", dispatch.age_after_ms <= 3_600_000, "at most 3600000 milliseconds");
        problems.check("dispatch.preferred_ms", dispatch.preferred_ms <= 60_000, "at most 60000 milliseconds");
        let widens = dispatch.widen_after_ms.len() <= 3 && dispatch.widen_after_ms.is_sorted();
        problems.check("dispatch.widen_after_ms", widens, "at most three waits, ascending");
        let has_zones = self.zones.zones().is_ok();
        problems.check("zones.directory", has_zones, "a folder of compiled time zones such as /usr/share/zoneinfo");
        let in_order = dispatch.response_times().pages_before_backup();
        problems.check("dispatch.page_after_ms", in_order, "at most dispatch.backup_after_ms");
        self.notify.validate(problems);
    }
}

#[cfg(test)]
mod tests {
    use harborline_config::{Source, load};

    use super::*;

    fn faults(variables: &[(&str, &str)]) -> String {
        let variables = variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        // The common settings that have no default are missing here: the tests look for their own in the text.
        load::<Settings>(Source::isolated("availability", DEFAULTS, variables)).unwrap_err().to_string()
    }

    #[test]
    fn the_documented_defaults_are_allowed() {
        assert!(!faults(&[]).contains("dispatch") && !faults(&[]).contains("notify"));
    }

    #[test]
    fn pages_are_sent_over_tls_and_signed() {
        let faults = faults(&[("HARBORLINE_AVAILABILITY__NOTIFY__WEBHOOK_URL", "http://pages.example.org/zz1")]);
        assert!(faults.contains("notify.webhook_url") && faults.contains("notify.webhook_secret_file"), "{faults}");
        assert!(!faults.contains("zz1"), "{faults}");
    }

    #[test]
    fn a_folder_without_time_zones_is_named() {
        let faults = faults(&[("HARBORLINE_AVAILABILITY__ZONES__DIRECTORY", "/nonexistent")]);
        assert!(faults.contains("zones.directory"), "{faults}");
    }

    #[test]
    fn wrong_times_are_named() {
        let faults = faults(&[
            ("HARBORLINE_AVAILABILITY__DISPATCH__WIDEN_AFTER_MS", "[30000, 10000]"),
            ("HARBORLINE_AVAILABILITY__DISPATCH__BACKUP_AFTER_MS", "0"),
            ("HARBORLINE_AVAILABILITY__DISPATCH__EMERGENCY_OFFERS", "9"),
        ]);
        assert!(faults.contains("dispatch.widen_after_ms") && faults.contains("dispatch.backup_after_ms"), "{faults}");
        assert!(faults.contains("dispatch.emergency_offers"), "{faults}");
    }

    #[test]
    fn times_that_contradict_each_other_are_named() {
        let faults = faults(&[
            ("HARBORLINE_AVAILABILITY__DISPATCH__PAGE_AFTER_MS", "100000"),
            ("HARBORLINE_AVAILABILITY__DISPATCH__BACKUP_AFTER_MS", "1000"),
        ]);
        assert!(faults.contains("dispatch.page_after_ms"), "{faults}");
    }
}
