//! What the changes of a support person share.

use harborline_status::ServiceError;
use harborline_types::Phi;
use uuid::Uuid;

use crate::domain::participant::Participant;
use crate::domain::support_person::Details;
use crate::domain::verification::PhraseHash;
use crate::error::IntakeError;

/// Refuses a person whom nobody may contact, while the participant has them as an emergency contact.
pub(super) fn refuse_forbidden(participant: &Participant, details: &Phi<Details>) -> Result<(), IntakeError> {
    let contacts = &participant.details.profile.expose().emergency_contacts;
    match details.expose().forbidden_among(contacts).first() {
        None => Ok(()),
        Some(index) => {
            let fault = format!("must not be NEVER while the number is that of emergency contact {index}");
            Err(ServiceError::invalid(vec![("details.contact_rule".to_owned(), fault)]).into())
        }
    }
}

/// What is kept of a phrase.
pub(super) fn hash_of(phrase: Option<&Phi<String>>) -> Option<PhraseHash> {
    phrase.map(|phrase| PhraseHash::of(phrase, Uuid::new_v4().into_bytes()))
}
