//! `[policy]`: what callers may.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

use crate::problems::{Problems, Validate};

/// What callers may. There is always a policy; this says which.
#[derive(Debug, Clone, Deserialize)]
pub struct PolicySettings {
    /// The directory of the policy's files. None: the files that the binary was built with.
    #[serde(deserialize_with = "empty_is_none")]
    pub directory: Option<PathBuf>,
}

impl Validate for PolicySettings {
    /// What is in the directory is checked where the policy is read.
    fn validate(&self, _problems: &mut Problems) {}
}

fn empty_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    Ok(super::empty_is_none(deserializer)?.map(PathBuf::from))
}
