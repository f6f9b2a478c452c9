//! `[audit]`: the record of accesses.

use std::path::PathBuf;

use serde::Deserialize;

use crate::problems::{Problems, Validate};

/// The record of accesses.
#[derive(Debug, Clone, Deserialize)]
pub struct AuditSettings {
    /// The key that signs the record's checkpoints: Ed25519, PKCS #8 in PEM.
    pub signing_key_file: PathBuf,
}

impl Validate for AuditSettings {
    /// Does not look whether the file exists: a configuration is also checked where it is not deployed.
    fn validate(&self, problems: &mut Problems) {
        let is_named = !self.signing_key_file.as_os_str().is_empty();
        problems.check("audit.signing_key_file", is_named, "the path of a PEM file (required)");
    }
}
