//! Checks that a contact exists in the caller's program, before a counselor records something of it.

use harborline_identity::{Call, Facts};
use harborline_types::{Acuity, ContactId};

use crate::app::App;
use crate::error::TriageError;
use crate::store::contact_facts::contact_is_known;

/// A contact that exists in the program.
pub(super) struct VerifiedContact {
    /// What the policy decides by.
    pub(super) facts: Facts,
    /// The acuity that it starts at: a follow-up call is as urgent as the contact that it follows up. None where triage knows
    /// the contact, or intake has it assessed.
    pub(super) starts_at: Option<Acuity>,
}

/// Asks intake, unless the contact is stored here (then intake had it assessed, or was asked before) and the caller's role may
/// act in every contact.
pub(super) async fn verify_contact(app: &App, call: &Call, contact: ContactId) -> Result<VerifiedContact, TriageError> {
    if contact_is_known(&app.store, &call.scope()?, contact).await? {
        return Ok(VerifiedContact { facts: app.contacts.facts_of_contact(call, contact).await?, starts_at: None });
    }
    let described = app.contacts.describe(call, contact).await?;
    let starts_at = described.acuity.filter(|_| described.is_outbound);
    Ok(VerifiedContact { facts: described.facts(), starts_at })
}
