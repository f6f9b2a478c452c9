//! `[neighbors]`: the mesh addresses of the other services.

use serde::Deserialize;

use super::{empty_is_none, is_origin};
use crate::problems::{Problems, Validate};

const ALLOWED: &str = "a mesh address, https://host:port";

/// The mesh addresses of the other services, `https://host:port`; none where this service does not call that one.
#[derive(Debug, Clone, Deserialize)]
pub struct NeighborSettings {
    /// Mesh address of intake.
    #[serde(deserialize_with = "empty_is_none")]
    pub intake: Option<String>,
    /// Mesh address of triage.
    #[serde(deserialize_with = "empty_is_none")]
    pub triage: Option<String>,
    /// Mesh address of availability.
    #[serde(deserialize_with = "empty_is_none")]
    pub availability: Option<String>,
    /// Mesh address of referral.
    #[serde(deserialize_with = "empty_is_none")]
    pub referral: Option<String>,
    /// Mesh address of followup.
    #[serde(deserialize_with = "empty_is_none")]
    pub followup: Option<String>,
}

impl NeighborSettings {
    /// The mesh address of the service called `name`. None when it is not set, or is no service.
    pub fn address(&self, name: &str) -> Option<&str> {
        self.all().into_iter().find(|(known, _)| *known == name).and_then(|(_, address)| address)
    }

    fn all(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("intake", self.intake.as_deref()),
            ("triage", self.triage.as_deref()),
            ("availability", self.availability.as_deref()),
            ("referral", self.referral.as_deref()),
            ("followup", self.followup.as_deref()),
        ]
    }

    pub(crate) fn require(&self, names: &[String], problems: &mut Problems) {
        for name in names {
            let allowed = format!("{ALLOWED} (required)");
            problems.check(&format!("neighbors.{name}"), self.address(name).is_some(), &allowed);
        }
    }
}

impl Validate for NeighborSettings {
    fn validate(&self, problems: &mut Problems) {
        for (name, address) in self.all() {
            let good = address.is_none_or(|address| is_origin(address, &["https"], true));
            problems.check(&format!("neighbors.{name}"), good, ALLOWED);
        }
    }
}
