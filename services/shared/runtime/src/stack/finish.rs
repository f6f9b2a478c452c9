//! Nothing leaves without a reason of the contract.

use std::time::Duration;

use harborline_status::{Reason, ServiceError, reason_of};
use tonic::{Code, Status};

use super::{Request, Response, Rpc};
use crate::contract::is_open;

/// When to repeat a call that was refused for now by something that does not say.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// How prost begins to say that a message is none.
const UNDECODABLE: &str = "failed to decode Protobuf message";

pub(super) async fn run(request: Request, next: Rpc) -> Response {
    let is_theirs = is_open(request.uri().path());
    let response = next.answer(request).await;
    if is_theirs { response } else { finished(response) }
}

fn finished(response: Response) -> Response {
    let Some(status) = Status::from_header_map(response.headers()) else { return response };
    if status.code() == Code::Ok || reason_of(&status).is_some() {
        return response;
    }
    Status::from(translated(&status)).into_http()
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
        Code::InvalidArgument | Code::OutOfRange => undecodable(),
        Code::Internal if status.message().starts_with(UNDECODABLE) => undecodable(),
        code => ServiceError::internal("answering a call", format!("a status without a reason: {code:?}")),
    }
}

fn undecodable() -> ServiceError {
    ServiceError::new(Reason::RequestInvalid, "the message is not one of the contract's, or too large")
}
