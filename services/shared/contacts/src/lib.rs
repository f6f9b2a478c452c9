//! What a contact is, asked of intake: for the services that keep records about contacts and do not own them.
//!
//! Before a service keeps what a person says about a contact, or shows it to a person, it must know that the contact is
//! one of the caller's program, and what the caller is to it. Only intake can say. Calls of intake itself need no
//! asking: it owns the contact that it names.
//!
//! # Invariants
//! - A contact that intake does not know in the caller's program is CONTACT_NOT_FOUND, and nothing is written for it.
//! - When intake does not answer, neither does the call: UNAVAILABLE with RetryInfo. A record about a contact that
//!   nobody vouches for could be put into the wrong program, or by somebody who has nothing to do with the person. The
//!   caller's front end keeps what it sent and repeats it with the same `request_id`; nothing that a waiting person
//!   needs to be answered comes this way.
//! - Intake is asked before a transaction begins, so that none waits for a neighbor.
//!
//! # Not chosen
//! Keeping who the counselor is: a counselor who was lost would go on to see the contact. What never changes (that the
//! contact exists, whose it is) is kept by the services in their own rows.

mod hub;

use std::sync::Arc;

use harborline_identity::{Act, Call, Facts, NotedAct, Subject};
use harborline_status::{Reason, ServiceError, reason_of};
use harborline_types::{ContactId, ParticipantId};
use tonic::{Code, Status};

pub use hub::{Described, Hub, Standing};

/// The contacts of all programs, as intake knows them. Cheap to clone.
#[derive(Clone)]
pub struct Contacts {
    hub: Arc<dyn Hub>,
}

impl Contacts {
    /// What this hub knows.
    pub fn of(hub: Arc<dyn Hub>) -> Self {
        Self { hub }
    }

    /// What a contact is, and what the caller is to it. Notes whom the call concerns.
    ///
    /// # Errors
    /// `CONTACT_NOT_FOUND` when the caller's program has no such contact; `TEMPORARILY_UNAVAILABLE` when intake does not
    /// answer.
    pub async fn describe(&self, call: &Call, contact: ContactId) -> Result<Described, ServiceError> {
        let scope = call.scope()?;
        // What the caller is to it is asked only where that decides: it can depend on one more service.
        let decides = !call.would_be_permitted(&Facts::default());
        let person = call.person().ok().filter(|_| decides).map(|person| person.id.clone());
        let described = self.hub.describe_contact(&scope, contact, person).await.map_err(|status| {
            refused(status, || ServiceError::not_found(Reason::ContactNotFound, "contact", contact))
        })?;
        call.concerns(Subject::Contact(contact));
        if let Some(participant) = described.participant {
            call.concerns(Subject::Participant(participant));
        }
        Ok(described)
    }

    /// What the caller is to a participant.
    ///
    /// # Errors
    /// `PARTICIPANT_NOT_FOUND` when the caller's program has no such participant; `TEMPORARILY_UNAVAILABLE` when intake
    /// does not answer; `CALLER_NOT_ALLOWED` when a service calls.
    pub async fn standing(&self, call: &Call, participant: ParticipantId) -> Result<Standing, ServiceError> {
        let (scope, person) = (call.scope()?, call.person()?.id.clone());
        let standing = self.hub.describe_participant(&scope, participant, person).await.map_err(|status| {
            refused(status, || ServiceError::not_found(Reason::ParticipantNotFound, "participant", participant))
        })?;
        call.concerns(Subject::Participant(participant));
        Ok(standing)
    }

    /// What the policy needs to know about a contact for this call. Intake is asked only when it decides something: who
    /// may see every contact of the program depends on no neighbor.
    ///
    /// # Errors
    /// Those of [`describe`](Self::describe).
    pub async fn facts_of_contact(&self, call: &Call, contact: ContactId) -> Result<Facts, ServiceError> {
        if call.would_be_permitted(&Facts::default()) {
            return Ok(Facts::default());
        }
        Ok(noted(call, self.describe(call, contact).await?.facts()))
    }

    /// What the policy needs to know about a participant for this call. Intake is asked only when it decides something. Of
    /// nobody no fact is true, so that a refused caller does not learn whether there is such a participant.
    ///
    /// # Errors
    /// Those of [`standing`](Self::standing), but for `PARTICIPANT_NOT_FOUND`.
    pub async fn facts_of_participant(&self, call: &Call, participant: ParticipantId) -> Result<Facts, ServiceError> {
        if call.would_be_permitted(&Facts::default()) {
            return Ok(Facts::default());
        }
        match self.standing(call, participant).await {
            Ok(standing) => Ok(noted(call, standing.facts())),
            Err(error) if error.reason() == Reason::ParticipantNotFound => Ok(Facts::default()),
            Err(error) => Err(error),
        }
    }
}

/// What somebody sees thanks to emergency access alone shows in the accounting as what it is.
fn noted(call: &Call, facts: Facts) -> Facts {
    let shut = Facts { has_broken_glass: false, ..facts };
    if facts.has_broken_glass && !call.would_be_permitted(&shut) && call.would_be_permitted(&facts) {
        call.note_act(NotedAct { act: Act::BreakGlass, recipient: None, basis: None });
    }
    facts
}

/// Intake's refusal of a question as that of the service that asked: not there, not now, or a fault of ours.
pub fn refused(status: Status, not_found: impl FnOnce() -> ServiceError) -> ServiceError {
    match (status.code(), reason_of(&status)) {
        (Code::NotFound, _) => not_found(),
        (_, Some(Reason::DeadlineOver)) => ServiceError::new(Reason::DeadlineOver, "intake did not answer in time"),
        (Code::Unavailable | Code::ResourceExhausted, _) => ServiceError::unavailable("intake does not answer", status),
        _ => ServiceError::internal("asking intake", status),
    }
}
