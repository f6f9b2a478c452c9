//! A panic is a fault of ours, answered like one.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use harborline_status::ServiceError;
use tonic::Status;

use super::{Request, Response, Rpc};

/// The panic's own message is not looked at: it may hold what somebody said.
pub(super) async fn run(request: Request, next: Rpc) -> Response {
    // Nothing that the call touched is used again: request and future are gone with it.
    match AssertUnwindSafe(next.answer(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_panic) => Status::from(ServiceError::internal("answering a call", "it panicked")).into_http(),
    }
}
