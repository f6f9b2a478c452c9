//! What a clinic may see.

use harborline_types::{ContactId, Phi, ReferralId, Timestamp};

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
    /// What the clinic must know; nothing until it has claimed, and nothing once it has let go.
    pub summary: Option<Phi<String>>,
    /// When the clinic was asked.
    pub offered_at: Timestamp,
    /// When the offer passes on if nobody claims it.
    pub claim_by: Timestamp,
    /// Grows with each change of the referral.
    pub sequence: i32,
}

impl ClinicView {
    /// This view with the summary withheld unless the clinic may read it: it must disclose at the point that is shown
    /// and also as things stand now, so that reading an old change again opens nothing.
    #[must_use]
    pub fn disclosing(self, now: OfferState) -> Self {
        let summary = self.summary.filter(|_| self.state.discloses() && now.discloses());
        Self { summary, ..self }
    }

    /// This view without the summary.
    #[must_use]
    pub fn without_summary(self) -> Self {
        Self { summary: None, ..self }
    }
}
