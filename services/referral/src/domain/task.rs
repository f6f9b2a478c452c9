//! What a referral owes: its clocks, and the news for intake.

use harborline_types::{FacilityId, ReferralId, subject, text_enum};

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

subject! {
    /// One referral at one facility.
    pub struct AtFacility {
        /// The referral.
        pub referral: ReferralId,
        /// The facility.
        pub facility: FacilityId,
    }
}
