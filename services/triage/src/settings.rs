//! The settings that triage alone has.

use chrono::TimeDelta;
use harborline_config::{Problems, Validate};
use serde::Deserialize;

use crate::domain::protocol::Protocol;
use crate::domain::protocol_file::{self, BUILT_IN};

/// The documented defaults.
pub(crate) const DEFAULTS: &str = include_str!("../defaults.toml");

/// Triage's own blocks.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// `[triage]`.
    pub triage: TriageSettings,
}

/// `[triage]`: which protocol decides, and how long a lowering waits.
#[derive(Clone, Debug, Deserialize)]
pub struct TriageSettings {
    /// Path of a protocol file; empty: the built-in protocol.
    pub protocol_file: String,
    /// For how many minutes a lowering may be confirmed.
    pub lowering_holds_minutes: u32,
}

impl Validate for Settings {
    fn validate(&self, problems: &mut Problems) {
        if let Err(faults) = self.triage.protocol() {
            problems.add("triage.protocol_file", faults.join("; "));
        }
        if !(1..=1440).contains(&self.triage.lowering_holds_minutes) {
            problems.add("triage.lowering_holds_minutes", "must be 1 to 1440");
        }
    }
}

impl TriageSettings {
    /// How long a lowering waits for the second person.
    pub fn lowering_holds(&self) -> TimeDelta {
        TimeDelta::minutes(self.lowering_holds_minutes.into())
    }

    /// Reads the protocol.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn protocol(&self) -> Result<Protocol, Vec<String>> {
        if self.protocol_file.is_empty() {
            return protocol_file::read(BUILT_IN);
        }
        let text = std::fs::read_to_string(&self.protocol_file);
        protocol_file::read(&text.map_err(|error| vec![format!("cannot be read: {error}")])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_protocol_is_the_default_and_a_file_that_is_not_there_is_named() {
        let settings = |file: &str| TriageSettings { protocol_file: file.to_owned(), lowering_holds_minutes: 30 };
        assert_eq!(settings("").protocol().ok().map(|protocol| protocol.version).as_deref(), Some("iop-default/1"));
        let faults = settings("/nonexistent/protocol.toml").protocol().err().unwrap_or_default();
        assert!(faults.join("; ").starts_with("cannot be read"), "{faults:?}");
    }
}
