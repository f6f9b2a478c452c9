//! What the calls of counselors share: the check that the caller is on the roster, and the way to the matcher.

use std::sync::PoisonError;

use harborline_identity::{Call, ProgramScope};
use harborline_proto::Ids;
use harborline_runtime::split;
use harborline_types::PersonId;
use prost::Message;
use tonic::Request;

use crate::app::App;
use crate::domain::Target;
use crate::domain::matcher::{AskedIn, Command};
use crate::error::AvailabilityError;
use crate::matcher::ask;
use crate::store;
use crate::wire::command::Read;

/// Has the pool's matcher do the command of a counselor.
pub(super) async fn ask_matcher<R: Message + Ids, A: Message + Default>(
    app: &App,
    request: Request<R>,
    method: &str,
    read: fn(&R, &PersonId) -> Read,
) -> Result<A, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, command) = read(&request, &call.person()?.id)?;
    let scope = call.scope()?;
    counselor(app, &call, &scope).await?;
    if let Command::AskIn(AskedIn { target: Target::Person(target), .. }) = &command
        && !store::counselor_exists(&app.store, &scope, target).await?
    {
        return Err(AvailabilityError::CounselorNotFound(target.clone()));
    }
    ask(app, &call, method, request_id, &request, command).await
}

/// The counselor who calls, from the token: no counselor can act for another.
pub(super) async fn counselor(app: &App, call: &Call, scope: &ProgramScope) -> Result<PersonId, AvailabilityError> {
    let id = call.person()?.id.clone();
    let entry = (scope.program(), id.clone());
    let rostered = || app.rostered.lock().unwrap_or_else(PoisonError::into_inner);
    if rostered().contains(&entry) {
        return Ok(id);
    }
    if !store::counselor_exists(&app.store, scope, &id).await? {
        return Err(AvailabilityError::CounselorNotFound(id));
    }
    rostered().insert(entry);
    Ok(id)
}
