//! Whether a contact is there for a person who wants to record something of it.

use harborline_identity::{Call, Facts};
use harborline_types::{Acuity, ContactId};

use crate::app::App;
use crate::error::TriageError;
use crate::store::contact_facts::contact_is_known;

/// A contact that intake vouches for.
pub(super) struct Vouched {
    /// What the policy needs to know about it.
    pub(super) facts: Facts,
    /// The level that it begins with: a call that we make is as urgent as the contact that it follows up. None where triage
    /// knows the contact, or intake has it assessed.
    pub(super) begins_at: Option<Acuity>,
}

/// Intake is asked, unless the contact is known here (then intake has assessed it before, or was asked before) and the
/// caller may act in every contact.
pub(super) async fn vouched(app: &App, call: &Call, contact: ContactId) -> Result<Vouched, TriageError> {
    if contact_is_known(&app.store, &call.scope()?, contact).await? {
        return Ok(Vouched { facts: app.contacts.facts_of_contact(call, contact).await?, begins_at: None });
    }
    let described = app.contacts.describe(call, contact).await?;
    let begins_at = described.acuity.filter(|_| described.is_outbound);
    Ok(Vouched { facts: described.facts(), begins_at })
}
