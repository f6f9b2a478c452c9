//! Whether a contact is there for a person who wants to record something of it.

use harborline_identity::{Call, Facts};
use harborline_types::ContactId;

use crate::app::App;
use crate::error::TriageError;
use crate::store::contact_facts::contact_is_known;

/// What the policy needs to know about the contact. Intake is asked, unless the contact is known here (then intake has
/// assessed it before, or was asked before) and the caller may act in every contact.
pub(super) async fn vouched(app: &App, call: &Call, contact: ContactId) -> Result<Facts, TriageError> {
    if contact_is_known(&app.store, &call.scope()?, contact).await? {
        return Ok(app.contacts.facts_of_contact(call, contact).await?);
    }
    Ok(app.contacts.describe(call, contact).await?.facts())
}
