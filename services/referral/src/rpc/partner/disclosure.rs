//! The summary on its way to a clinic.
//!
//! Answers are kept for a week so that a call may be repeated; health information does not lie among them. An answer is
//! stored without the summary, and the summary, which never changes, is put in on the way out, the first time and each
//! time after.

use harborline_identity::ClinicScope;
use harborline_proto::partner::v1 as pb;
use harborline_types::wire::WireEnum;

use crate::app::App;
use crate::domain::{OfferState, Referral};
use crate::error::ReferralError;
use crate::rpc::wire;
use crate::store;

/// What the clinic sees of a referral, as it may be kept.
pub(super) fn kept(referral: &Referral, clinic: &ClinicScope) -> Option<pb::Referral> {
    let view = referral.seen_by(clinic.clinic())?;
    Some(wire::clinic_referral(view.without_summary()))
}

/// A kept answer with the summary put in, when its state discloses it.
pub(super) async fn disclosed(
    app: &App,
    clinic: &ClinicScope,
    kept: Option<pb::Referral>,
) -> Result<Option<pb::Referral>, ReferralError> {
    let Some(mut referral) = kept else { return Ok(None) };
    let discloses = OfferState::from_wire(referral.state).is_some_and(OfferState::discloses);
    if let (true, Ok(id)) = (discloses, referral.referral_id.parse()) {
        let summary = store::referral_summary(&app.store, clinic.program(), id).await?;
        referral.summary = summary.unwrap_or_default().into_exposed();
    }
    Ok(Some(referral))
}
