//! The settings that triage alone has.

use harborline_config::{Problems, Validate};
use serde::Deserialize;

use crate::domain::protocol::Protocol;
use crate::domain::protocol_file::{self, BUILT_IN};

/// The documented defaults.
pub const DEFAULTS: &str = include_str!("../triage.toml");

/// Triage's own blocks.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// `[triage]`.
    pub triage: TriageSettings,
}

/// `[triage]`: which protocol decides.
#[derive(Clone, Debug, Deserialize)]
pub struct TriageSettings {
    /// Path of a protocol file; empty: the built-in protocol.
    pub protocol_file: String,
}

impl Validate for Settings {
    fn validate(&self, problems: &mut Problems) {
        if let Err(faults) = self.triage.protocol() {
            problems.add("triage.protocol_file", faults.join("; "));
        }
    }
}

impl TriageSettings {
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
        let settings = |file: &str| TriageSettings { protocol_file: file.to_owned() };
        assert_eq!(settings("").protocol().ok().map(|protocol| protocol.version).as_deref(), Some("iop-default/1"));
        let faults = settings("/nonexistent/protocol.toml").protocol().err().unwrap_or_default();
        assert!(faults.join("; ").starts_with("cannot be read"), "{faults:?}");
    }
}
