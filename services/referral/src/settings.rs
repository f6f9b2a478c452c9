//! The settings that referral has over the shared ones.

use chrono::TimeDelta;
use harborline_config::{Problems, Validate};
use serde::Deserialize;

/// The documented defaults.
pub const DEFAULTS: &str = include_str!("../defaults.toml");

/// The blocks of this service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Settings {
    /// `[offers]`.
    pub offers: OfferSettings,
}

/// `[offers]`: offers to partner clinics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct OfferSettings {
    /// Minutes of the domain's clock that a clinic has to claim an offer.
    pub claim_minutes: u32,
}

impl OfferSettings {
    /// How long an offer stands before it passes on.
    pub fn claim_within(&self) -> TimeDelta {
        TimeDelta::minutes(self.claim_minutes.into())
    }
}

impl Validate for Settings {
    fn validate(&self, problems: &mut Problems) {
        let minutes = self.offers.claim_minutes;
        problems.check("offers.claim_minutes", (1..=1440).contains(&minutes), "between 1 and 1440 minutes");
    }
}

#[cfg(test)]
mod tests {
    use harborline_config::{Source, load};

    use super::*;

    #[test]
    fn an_offer_stands_for_half_an_hour_unless_the_operator_says_otherwise() {
        let required = [
            ("AUDIT__SIGNING_KEY_FILE", "/run/audit.pem"),
            ("DATABASE__URL", "postgres://referral@db/referral"),
            ("IDENTITY__ISSUER", "https://login.example.org"),
            ("IDENTITY__AUDIENCE", "harborline"),
            ("IDENTITY__JWKS_FILE", "/run/jwks.json"),
            ("IDENTITY__TLS_CA_FILE", "/run/ca.pem"),
            ("IDENTITY__TLS_CERT_FILE", "/run/cert.pem"),
            ("IDENTITY__TLS_KEY_FILE", "/run/key.pem"),
            ("AUDIT__SIGNING_KEY_FILE", "/run/audit.key"),
        ];
        let read = |minutes: Option<&str>| {
            let own = minutes.map(|minutes| ("OFFERS__CLAIM_MINUTES", minutes));
            let variables = required.into_iter().chain(own);
            let named = variables.map(|(key, value)| (format!("HARBORLINE_REFERRAL__{key}"), value.to_owned()));
            load::<Settings>(Source::isolated("referral", DEFAULTS, named)).map(|loaded| loaded.own)
        };
        assert_eq!(read(None).unwrap().offers.claim_within(), TimeDelta::minutes(30));
        assert_eq!(read(Some("45")).unwrap().offers.claim_within(), TimeDelta::minutes(45));
        let refused = read(Some("0")).unwrap_err();
        assert_eq!(refused.problems[0].key, "offers.claim_minutes");
    }
}
