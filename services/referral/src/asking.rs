//! Whom not to ask, because they may not be told what they must know.
//!
//! An offer holds no health information, but it is idle to make one to a clinic that may not be told when it claims. So
//! facilities are gone through in their order, up to the first that may be told now; those before it are passed over. It
//! is decided again when the clinic is told.

use std::collections::BTreeSet;

use harborline_contacts::refused;
use harborline_disclosure::{DataClass, Refusal};
use harborline_identity::ProgramScope;
use harborline_status::{Reason, ServiceError};
use harborline_types::{FacilityId, ReferralId};

use crate::app::App;
use crate::domain::disclosure::Verdict;
use crate::domain::{Draft, Facility, facilities_to_ask};
use crate::error::ReferralError;
use crate::ports::MayTell;
use crate::store;

/// What came of going through the facilities.
#[derive(Default)]
pub(crate) struct Barred {
    facilities: BTreeSet<FacilityId>,
    /// Why the first of them may not be told, and which classes nothing permits.
    first: Option<(Refusal, Vec<DataClass>)>,
    /// What the summary holds as it is in the program, once a facility was found that may be told.
    pub(crate) classes: Option<Vec<DataClass>>,
}

impl Barred {
    /// Why there is nobody to ask: facilities were gone through, and none of them may be told.
    pub(crate) fn refusal(&self) -> Option<(Refusal, Vec<DataClass>)> {
        if self.classes.is_some() { None } else { self.first.clone() }
    }

    /// The facilities without those that may not be told.
    pub(crate) fn leave(&self, mut facilities: Vec<Facility>) -> Vec<Facility> {
        facilities.retain(|facility| !self.facilities.contains(&facility.id));
        facilities
    }
}

/// Goes through the facilities that a draft may ask, without those it has asked.
///
/// # Errors
/// That intake did not answer.
pub(crate) async fn barred(
    app: &App,
    scope: &ProgramScope,
    draft: &Draft,
    asked: &[FacilityId],
) -> Result<Barred, ReferralError> {
    let facilities = store::facility_offering(&app.store, scope, draft.service).await?;
    let was_asked = |facility| asked.contains(&facility);
    let mut barred = Barred::default();
    for facility in facilities_to_ask(&facilities, draft.service, draft.jurisdiction.as_deref(), was_asked) {
        let (contact, gives_care) = (draft.contact, facility.gives_care());
        let question = MayTell { contact, facility: facility.id, gives_care, classes: draft.classes.clone() };
        let not_found = || ServiceError::not_found(Reason::ContactNotFound, "contact", contact);
        let verdict = app.intake.check_disclosure(scope, question).await;
        match verdict.map_err(|status| refused(status, not_found))? {
            Verdict::Permitted(permitted) => {
                barred.classes = Some(permitted.classes());
                return Ok(barred);
            }
            Verdict::Refused(refusal, classes) => {
                barred.facilities.insert(facility.id);
                barred.first.get_or_insert((refusal, classes));
            }
        }
    }
    Ok(barred)
}

/// Whom the next offer of a referral does not go to. Nobody when intake is silent: an offer holds nothing that must be
/// kept from anybody, and goes on.
pub(crate) async fn barred_next(app: &App, scope: &ProgramScope, id: ReferralId) -> Result<Barred, ReferralError> {
    let Some(referral) = store::referral_read(&app.store, scope, id).await? else { return Ok(Barred::default()) };
    let asked: Vec<_> = referral.offers.iter().map(|offer| offer.facility).collect();
    match barred(app, scope, &referral.draft, &asked).await {
        Err(ReferralError::Service(error)) => {
            tracing::warn!(%error, "an offer goes on without asking whether its clinic may be told");
            Ok(Barred::default())
        }
        outcome => outcome,
    }
}
