//! Whether a contact is there for a person who wants to record something of it.

use harborline_identity::Call;
use harborline_types::ContactId;

use crate::app::App;
use crate::error::TriageError;
use crate::store::contact_facts::contact_is_known;

/// Asks intake for the contact, unless it is known here: then intake has assessed it before, or was asked before.
pub(super) async fn vouched(app: &App, call: &Call, contact: ContactId) -> Result<(), TriageError> {
    if !contact_is_known(&app.store, &call.scope()?, contact).await? {
        app.contacts.describe(call, contact).await?;
    }
    Ok(())
}
