//! What a referral owes: its clocks, and the news for intake.

use std::fmt;
use std::str::FromStr;

use harborline_types::{FacilityId, ReferralId, text_enum};

text_enum! {
    /// A kind of duty.
    pub enum Task {
        /// Pass an offer on that was not claimed in time. The subject is an [`AtFacility`].
        ClaimBy = "claim-by",
        /// Pass a claim on that was not accepted in time. The subject is an [`AtFacility`].
        AcceptBy = "accept-by",
        /// Tell that a clinic has accepted. The subject is the referral.
        Accepted = "accepted",
        /// Tell that a referral has ended. The subject is the referral.
        Ended = "ended",
    }
}

/// One referral at one facility.
pub struct AtFacility {
    /// The referral.
    pub referral: ReferralId,
    /// The facility.
    pub facility: FacilityId,
}

impl fmt::Display for AtFacility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.referral, self.facility)
    }
}

/// Text that names no referral and facility.
pub struct UnknownSubject;

impl FromStr for AtFacility {
    type Err = UnknownSubject;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (referral, facility) = text.split_once('/').ok_or(UnknownSubject)?;
        let referral = referral.parse().map_err(|_| UnknownSubject)?;
        Ok(Self { referral, facility: facility.parse().map_err(|_| UnknownSubject)? })
    }
}
