//! What availability knows of who has a contact, and intake was not told yet.
//!
//! An offer is accepted in availability, and a duty tells intake: a counselor may be faster. Before intake refuses one, it
//! asks. AcceptOffer itself waits for nobody (P10).

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_status::{Reason, reason_of};
use harborline_types::{ContactId, ParticipantId, PersonId};
use tokio::time::timeout;

use crate::app::{App, change_contact};
use crate::error::IntakeError;
use crate::fired_rules::owe_rules;
use crate::ports::{AssignmentMade, InContact};
use crate::store;

/// How long availability is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether somebody is in a contact, as far as availability could be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Learned {
    /// They are, and intake knows it now.
    Theirs,
    /// They are not.
    NotTheirs,
    /// Availability did not answer.
    Unknown,
}

/// Asks availability whether somebody is in a contact, and notes what it says.
pub(crate) async fn learn(
    app: &App,
    scope: &ProgramScope,
    contact: ContactId,
    person: &PersonId,
) -> Result<Learned, IntakeError> {
    let in_contact = match timeout(PATIENCE, app.ports.availability.get_assignment(scope, contact)).await {
        Ok(Ok(in_contact)) => in_contact,
        Ok(Err(status)) if reason_of(&status) == Some(Reason::TicketNotFound) => return Ok(Learned::NotTheirs),
        Ok(Err(_)) | Err(_) => return Ok(Learned::Unknown),
    };
    let is_theirs = has(&in_contact, person);
    if is_theirs {
        note(app, scope, contact, in_contact).await?;
    }
    Ok(if is_theirs { Learned::Theirs } else { Learned::NotTheirs })
}

/// Asks availability whether somebody is in any open contact of a participant, and notes what it says.
pub(crate) async fn learn_of_participant(
    app: &App,
    scope: &ProgramScope,
    participant: ParticipantId,
    person: &PersonId,
) -> Result<Learned, IntakeError> {
    let mut learned = Learned::NotTheirs;
    for contact in store::contacts_open_of(app.store.reader(scope), scope, participant).await? {
        match learn(app, scope, contact, person).await? {
            Learned::Theirs => return Ok(Learned::Theirs),
            Learned::NotTheirs => {}
            Learned::Unknown => learned = Learned::Unknown,
        }
    }
    Ok(learned)
}

fn has(in_contact: &InContact, person: &PersonId) -> bool {
    let is_counselor = in_contact.counselor.as_ref().is_some_and(|made| made.counselor.id == *person);
    is_counselor || in_contact.joined.iter().any(|joined| joined.person == *person)
}

/// Notes it as if the duty had told it, which changes nothing when it comes.
async fn note(app: &App, scope: &ProgramScope, contact: ContactId, in_contact: InContact) -> Result<(), IntakeError> {
    let mut tx = app.store.begin(scope).await?;
    if let Some(AssignmentMade { counselor, number, accepted_at }) = in_contact.counselor {
        let accepted_at = app.clock.at(accepted_at).min(app.now());
        let changed = change_contact(&mut tx, scope, contact, |contact| {
            let at = accepted_at.max(contact.opened_at);
            Ok(contact.assign(counselor, number, at).0)
        });
        let changed = changed.await?;
        owe_rules(&mut tx, scope, &changed).await?;
    }
    for joined in in_contact.joined {
        store::joined_put(&mut tx, scope, contact, joined.ticket, (joined.sequence, Some(&joined.person))).await?;
    }
    Ok(tx.commit().await?)
}
