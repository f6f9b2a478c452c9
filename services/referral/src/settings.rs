//! The settings that referral has over the shared ones.

use chrono::TimeDelta;
use harborline_config::{Problems, Validate};
use serde::Deserialize;

use crate::domain::Terms;

/// The documented defaults.
pub(crate) const DEFAULTS: &str = include_str!("../defaults.toml");

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
    /// Days that an acceptance may expect the person ahead.
    pub expected_within_days: u32,
    /// `[offers.accept_minutes]`.
    pub accept_minutes: AcceptSettings,
}

/// `[offers.accept_minutes]`: how long a claim holds, by the acuity of the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct AcceptSettings {
    /// Emergency.
    pub acuity_1: u32,
    /// Very high.
    pub acuity_2: u32,
    /// High.
    pub acuity_3: u32,
    /// Moderate.
    pub acuity_4: u32,
    /// Routine.
    pub acuity_5: u32,
}

impl AcceptSettings {
    fn by_acuity(&self) -> [u32; 5] {
        [self.acuity_1, self.acuity_2, self.acuity_3, self.acuity_4, self.acuity_5]
    }
}

impl OfferSettings {
    /// The clocks that these settings say.
    pub fn terms(&self) -> Terms {
        let minutes = |minutes: u32| TimeDelta::minutes(minutes.into());
        Terms {
            claim_within: minutes(self.claim_minutes),
            accept_within: self.accept_minutes.by_acuity().map(minutes),
            expected_within: TimeDelta::days(self.expected_within_days.into()),
        }
    }
}

impl Validate for Settings {
    fn validate(&self, problems: &mut Problems) {
        let OfferSettings { claim_minutes, expected_within_days, accept_minutes } = self.offers;
        problems.check("offers.claim_minutes", (1..=1440).contains(&claim_minutes), "between 1 and 1440 minutes");
        let days = (1..=90).contains(&expected_within_days);
        problems.check("offers.expected_within_days", days, "between 1 and 90 days");
        let mut of_more_urgent = 1;
        for (level, minutes) in (1..).zip(accept_minutes.by_acuity()) {
            let fits = (of_more_urgent..=10_080).contains(&minutes);
            let key = format!("offers.accept_minutes.acuity_{level}");
            problems.check(&key, fits, "between 1 and 10080 minutes, and no less than for a more urgent contact");
            of_more_urgent = minutes.max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use harborline_config::{Source, load};
    use harborline_types::Acuity;

    use super::*;

    fn read(own: &[(&str, &str)]) -> Result<Terms, Vec<String>> {
        let required = [
            ("AUDIT__SIGNING_KEY_FILE", "/run/audit.pem"),
            ("DATABASE__URL", "postgres://referral@db/referral"),
            ("IDENTITY__ISSUER", "https://login.example.org"),
            ("IDENTITY__AUDIENCE", "harborline"),
            ("IDENTITY__JWKS_FILE", "/run/jwks.json"),
            ("IDENTITY__TLS_CA_FILE", "/run/ca.pem"),
            ("IDENTITY__TLS_CERT_FILE", "/run/cert.pem"),
            ("IDENTITY__TLS_KEY_FILE", "/run/key.pem"),
        ];
        let variables = required.iter().chain(own);
        let named = variables.map(|(key, value)| (format!("HARBORLINE_REFERRAL__{key}"), (*value).to_owned()));
        let loaded = load::<Settings>(Source::isolated("referral", DEFAULTS, named));
        let keys =
            |problems: Vec<_>| problems.into_iter().map(|problem: harborline_config::Problem| problem.key).collect();
        loaded.map(|loaded| loaded.own.offers.terms()).map_err(|refused| keys(refused.problems))
    }

    #[test]
    fn an_offer_stands_for_half_an_hour_unless_the_operator_says_otherwise() {
        assert_eq!(read(&[]).unwrap().claim_within, TimeDelta::minutes(30));
        assert_eq!(read(&[("OFFERS__CLAIM_MINUTES", "45")]).unwrap().claim_within, TimeDelta::minutes(45));
        assert_eq!(read(&[("OFFERS__CLAIM_MINUTES", "0")]).unwrap_err(), ["offers.claim_minutes"]);
    }

    #[test]
    fn a_claim_holds_the_shorter_the_more_urgent_the_contact_is_and_shortest_when_that_is_not_known() {
        let terms = read(&[]).unwrap();
        let hours = Acuity::ALL.map(|acuity| terms.accept_within(Some(acuity)).num_minutes());
        assert_eq!(hours, [30, 30, 240, 1440, 1440]);
        assert_eq!(terms.accept_within(None), TimeDelta::minutes(30));
        let longer = [("OFFERS__ACCEPT_MINUTES__ACUITY_1", "31")];
        assert_eq!(read(&longer).unwrap_err(), ["offers.accept_minutes.acuity_2"]);
        let never = [("OFFERS__ACCEPT_MINUTES__ACUITY_5", "10081")];
        assert_eq!(read(&never).unwrap_err(), ["offers.accept_minutes.acuity_5"]);
    }

    #[test]
    fn a_clinic_takes_over_whom_it_expects_within_a_week() {
        assert_eq!(read(&[]).unwrap().expected_within, TimeDelta::days(7));
        assert_eq!(read(&[("OFFERS__EXPECTED_WITHIN_DAYS", "91")]).unwrap_err(), ["offers.expected_within_days"]);
    }
}
