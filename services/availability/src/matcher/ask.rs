//! Asking a pool's matcher, wherever it is.

use harborline_identity::{Call, ProgramScope, ServiceName, Subject};
use harborline_store::{OnceKey, StoreError};
use harborline_types::{PersonId, RequestId};
use prost::Message;
use tokio::sync::oneshot;

use super::mailbox::{Ask, Letter, Outcome, Reply};
use crate::app::App;
use crate::domain::matcher::{Command, Refused};
use crate::error::AvailabilityError;
use crate::store::{self, Post};

/// What is asked, with what makes it repeatable.
struct Question {
    key: OnceKey,
    person: Option<PersonId>,
    body: Vec<u8>,
    command: Command,
    call: Option<Call>,
}

/// Has the pool's matcher do a command; answers after the commit. May be repeated (P7): same request id, same answer,
/// one effect.
///
/// # Errors
/// The refusal of the command, `REQUEST_ID_REUSED`, or that the database does not answer.
pub(crate) async fn ask<A: Message + Default>(
    app: &App,
    call: &Call,
    method: &str,
    request_id: RequestId,
    request: &impl Message,
    command: Command,
) -> Result<A, AvailabilityError> {
    let (scope, key) = (call.scope()?, OnceKey::of(call, method, request_id));
    let person = call.person().ok().map(|person| person.id.clone());
    let (contact, offer) = (command.contact(), command.offer());
    command.concerned().into_iter().for_each(|contact| call.concerns(Subject::Contact(contact)));
    let call = Some(call.clone());
    let question = Question { key, person, body: request.encode_to_vec(), command, call };
    let answer = answer(app, &scope, question).await.map_err(|unanswered| match unanswered {
        Unanswered::Refused(refused) => AvailabilityError::of_refusal(refused, contact, offer),
        Unanswered::Store(error) => error.into(),
    })?;
    Ok(A::decode(answer.as_slice()).map_err(|_| StoreError::Fault("an answer does not decode".to_owned()))?)
}

/// The same for a duty, whose call is not an RPC: `subject` is what the command is about.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn ask_for_duty(
    app: &App,
    scope: &ProgramScope,
    method: &str,
    subject: &str,
    command: Command,
) -> Result<(), StoreError> {
    let call = Call::of_duty(ServiceName::Availability, scope.program(), None);
    let key = OnceKey::of(&call, method, RequestId::derived(method, subject));
    let question = Question { key, person: None, body: subject.as_bytes().to_vec(), command, call: None };
    match answer(app, scope, question).await {
        // There is nothing to do, and that is fine.
        Ok(_) | Err(Unanswered::Refused(_)) => Ok(()),
        Err(Unanswered::Store(error)) => Err(error),
    }
}

/// Why there is no answer.
pub(super) enum Unanswered {
    Refused(Refused),
    Store(StoreError),
}

impl From<StoreError> for Unanswered {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn answer(app: &App, scope: &ProgramScope, question: Question) -> Result<Vec<u8>, Unanswered> {
    let book = app.store.answers(scope).await?;
    let request_hash = book.digest(&question.body);
    let offer = question.command.offer();
    if let Some(mailbox) = app.mailboxes.of(scope.program()) {
        let (sender, outcome) = oneshot::channel();
        let (key, command, call) = (question.key.clone(), question.command, question.call.clone());
        let (request_hash, reply) = (request_hash.clone(), Reply::Here(sender));
        let traceparent = harborline_telemetry::trace::current_traceparent();
        let ask = Ask { key, request_hash, command, call, traceparent, reply };
        if mailbox.send(Letter::Ask(Box::new(ask))).await.is_ok() {
            match outcome.await {
                // Nobody knows what became of it: whoever decides now does.
                Ok(Outcome::Moved) | Err(_) => {}
                Ok(Outcome::Done(answer)) => return Ok(answer),
                Ok(Outcome::Refused(refused)) => return Err(Unanswered::Refused(refused)),
                Ok(Outcome::Reused) => return Err(StoreError::RequestIdReused.into()),
                Ok(Outcome::Failed) => {
                    return Err(StoreError::Unavailable("the matcher could not write".to_owned()).into());
                }
            }
        }
    }
    let waits = Post::new(scope, question.key, question.person, question.body);
    let done = app.postmen.post(app, scope, waits, request_hash).await?;
    // The matcher does not know the call: its row of the record is written here, before the answer leaves.
    if let (Some(offer), Some(call)) = (offer, question.call) {
        let contact = match done.contact {
            None => store::offer_contact(&app.store, scope, offer).await?,
            named => named,
        };
        contact.into_iter().for_each(|contact| call.concerns(Subject::Contact(contact)));
    }
    Ok(done.answer)
}
