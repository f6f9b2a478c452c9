//! What availability knows of who has a contact, and intake was not told yet.
//!
//! An offer is accepted in availability, and a duty tells intake: a counselor may be faster. Before intake refuses one, it
//! asks. AcceptOffer itself waits for nobody (P10).

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_proto::availability::v1::{Assignment, GetAssignmentRequest, GetAssignmentResponse};
use harborline_status::{Reason, reason_of};
use harborline_types::wire::instant;
use harborline_types::{ContactId, ParticipantId, Person, PersonId, Timestamp};
use tokio::time::timeout;

use crate::app::{App, change_contact};
use crate::error::IntakeError;
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
    let request = GetAssignmentRequest { contact_id: contact.to_string() };
    let answer = match timeout(PATIENCE, app.ports.availability.get_assignment(scope, request)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(status)) if reason_of(&status) == Some(Reason::TicketNotFound) => return Ok(Learned::NotTheirs),
        Ok(Err(_)) | Err(_) => return Ok(Learned::Unknown),
    };
    let is_theirs = has(&answer, person);
    if is_theirs {
        note(app, scope, contact, answer).await?;
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

fn has(answer: &GetAssignmentResponse, person: &PersonId) -> bool {
    let is_counselor =
        answer.assignment.as_ref().is_some_and(|assignment| assignment.counselor_id == person.to_string());
    is_counselor || answer.joined.iter().any(|joined| joined.person_id == person.to_string())
}

/// Notes it as if the duty had told it, which changes nothing when it comes.
async fn note(
    app: &App,
    scope: &ProgramScope,
    contact: ContactId,
    answer: GetAssignmentResponse,
) -> Result<(), IntakeError> {
    let mut tx = app.store.begin(scope).await?;
    if let Some((counselor, number, accepted_at)) = answer.assignment.and_then(read_assignment) {
        let accepted_at = app.clock.at(accepted_at).min(app.now());
        change_contact(&mut tx, scope, contact, |contact| {
            let at = accepted_at.max(contact.opened_at);
            Ok(contact.assign(counselor, number, at).0)
        })
        .await?;
    }
    for joined in answer.joined {
        if let (Ok(ticket), Some(person)) = (joined.ticket_id.parse(), PersonId::parse(&joined.person_id)) {
            store::joined_put(&mut tx, scope, contact, ticket, (joined.sequence, Some(&person))).await?;
        }
    }
    Ok(tx.commit().await?)
}

fn read_assignment(wire: Assignment) -> Option<(Person, i32, Timestamp)> {
    let accepted_at = instant(wire.accepted_at.as_ref()?)?;
    let id = PersonId::parse(&wire.counselor_id)?;
    Some((Person { id, name: wire.counselor_name }, wire.number, accepted_at))
}
