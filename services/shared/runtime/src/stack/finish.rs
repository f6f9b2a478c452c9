//! Nothing leaves without a reason of the contract.

use std::time::Duration;

use harborline_proto::Ids;
use harborline_status::{Reason, ServiceError, reason_of};
use tonic::{Code, Status};

use super::{Request, Response, Rpc};
use crate::call::Story;
use crate::contract::is_open;

/// When to repeat a call that was refused for now by something that does not say.
const RETRY_AFTER: Duration = Duration::from_millis(250);

pub(super) async fn run(mut request: Request, next: Rpc) -> Response {
    let is_theirs = is_open(request.uri().path());
    let story = Story::default();
    request.extensions_mut().insert(story.clone());
    let response = next.answer(request).await;
    if is_theirs { response } else { finished(response, &story) }
}

fn finished(response: Response, story: &Story) -> Response {
    let Some(status) = Status::from_header_map(response.headers()) else { return response };
    if status.code() == Code::Ok || reason_of(&status).is_some() {
        return response;
    }
    let error = if story.has_begun() { translated(&status) } else { unread(&status) };
    Status::from(error).into_http()
}

/// A message of a stream of requests, with its ids spelled in one way.
///
/// # Errors
/// Why it cannot be read: `REQUEST_INVALID` when it is no message of the contract's, else what ended the stream.
pub fn next_message<T: Ids>(message: Result<T, Status>) -> Result<T, ServiceError> {
    let mut message = message.map_err(|status| unread(&status))?;
    message.spell_ids();
    Ok(message)
}

/// What a status means that comes in the stead of a message.
fn unread(status: &Status) -> ServiceError {
    if is_about_the_message(status.code()) { undecodable() } else { translated(status) }
}

/// What a status that is not ours means in the contract's words.
fn translated(status: &Status) -> ServiceError {
    match status.code() {
        Code::Unimplemented => ServiceError::new(Reason::MethodUnknown, "no such method in this version"),
        Code::ResourceExhausted => ServiceError::new(Reason::Overloaded, "too much at once").retry_after(RETRY_AFTER),
        Code::Unavailable => ServiceError::new(Reason::TemporarilyUnavailable, "a part that is needed does not answer")
            .retry_after(RETRY_AFTER),
        Code::DeadlineExceeded | Code::Cancelled => {
            ServiceError::new(Reason::DeadlineOver, "the time that the caller gave is over")
        }
        Code::Unauthenticated => ServiceError::new(Reason::CredentialInvalid, "no valid credential"),
        Code::PermissionDenied => ServiceError::new(Reason::CallerNotAllowed, "the caller may not do this"),
        code => ServiceError::internal("answering a call", format!("a status without a reason: {code:?}")),
    }
}

/// Whether a status that tonic gives before a story begins says that it cannot read the message: a frame that is cut off,
/// its flags, base64 or Protobuf that are none. gRPC wants INTERNAL for some of these, by which a caller's mistake would be
/// a fault of ours.
fn is_about_the_message(code: Code) -> bool {
    matches!(code, Code::InvalidArgument | Code::OutOfRange | Code::Internal | Code::Unknown | Code::DataLoss)
}

fn undecodable() -> ServiceError {
    ServiceError::new(Reason::RequestInvalid, "the message is not one of the contract's, or too large")
}
