//! As what a caller acts.

use harborline_identity::{Call, Role};
use harborline_status::ServiceError;
use harborline_types::Person;

use crate::domain::contact::Actor;

/// Who acts, as records show it.
pub(super) fn acting(call: &Call) -> Result<Person, ServiceError> {
    let person = call.person()?;
    // The name of a participant is health information, and records of staff are not sealed.
    let name = if person.participant.is_some() { "participant" } else { person.name.as_str() };
    Ok(Person { id: person.id.clone(), name: name.to_owned() })
}

/// As what the caller acts in a conversation.
pub(super) fn actor(call: &Call) -> Result<Actor<'_>, ServiceError> {
    if call.has_role(Role::Supervisor) { Ok(Actor::Supervisor) } else { Ok(Actor::Person(&call.person()?.id)) }
}
