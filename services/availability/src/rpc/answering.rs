//! Who answers: what every call of a counselor shares.

use std::sync::PoisonError;

use harborline_identity::{Call, ProgramScope};
use harborline_types::PersonId;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::store;

/// The counselor who calls: nobody can act for another.
pub(super) async fn counselor(app: &App, call: &Call, scope: &ProgramScope) -> Result<PersonId, AvailabilityError> {
    let id = call.person()?.id.clone();
    let entry = (scope.program(), id.clone());
    let rostered = || app.rostered.lock().unwrap_or_else(PoisonError::into_inner);
    if rostered().contains(&entry) {
        return Ok(id);
    }
    if !store::counselor_exists(&app.store, scope, &id).await? {
        return Err(AvailabilityError::CounselorNotFound(id));
    }
    rostered().insert(entry);
    Ok(id)
}
