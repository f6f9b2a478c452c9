//! What a clinic may see.

use harborline_types::{ContactId, ReferralId, Timestamp};

use super::{OfferState, ServiceKind};

/// A referral as one clinic that was asked sees it, at one point of its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicView {
    /// Which.
    pub referral: ReferralId,
    /// Of which contact: for the record of accesses; the clinic is not told.
    pub contact: ContactId,
    /// Where it stands for the clinic.
    pub state: OfferState,
    /// What is asked for.
    pub service: ServiceKind,
    /// ISO 3166-2 code of where the person is.
    pub jurisdiction: Option<String>,
    /// Whether the clinic may read the summary, as far as the referral goes: it has claimed at the point that is shown and
    /// has not let go since, so that reading an old change again opens nothing. Whether it may be told is decided besides.
    pub discloses: bool,
    /// When the clinic was asked.
    pub offered_at: Timestamp,
    /// When the offer passes on if nobody claims it.
    pub claim_by: Timestamp,
    /// When the clinic's claim lapses, while it has one.
    pub accept_by: Option<Timestamp>,
    /// When the clinic expects the person at the latest, once it has said so.
    pub expected_by: Option<Timestamp>,
    /// Grows with each change of the referral.
    pub sequence: i32,
    /// When a consent was revoked under which the clinic was told.
    pub consent_revoked_at: Option<Timestamp>,
}
