//! How much at once.
//!
//! # Not chosen
//! tonic's load shedding and concurrency limit, which hold per connection, and tower's, which take a place in
//! `poll_ready` and so one for every idle connection.

use std::sync::Arc;
use std::time::Duration;

use harborline_status::{Reason, ServiceError};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::Semaphore;
use tonic::Status;
use tonic::body::Body;

use super::{MAX_MESSAGE_BYTES, Request, Response, Rpc};
use crate::contract::is_open;

/// A little more than most calls take: by then a place is free.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// Places for calls in flight. A call leaves its place with its response's headers; streams that have begun take none.
#[derive(Clone)]
pub(super) struct Limit(Arc<Semaphore>);

impl Limit {
    pub(super) fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }
}

/// Refuses a call when all places are taken. Probes are let by: being busy is not being ill.
pub(super) async fn shed(limit: Limit, request: Request, next: Rpc) -> Response {
    if is_open(request.uri().path()) {
        return next.answer(request).await;
    }
    match limit.0.try_acquire() {
        Ok(_place) => next.answer(request).await,
        Err(_taken) => {
            let error = ServiceError::new(Reason::Overloaded, "too much at once").retry_after(RETRY_AFTER);
            Status::from(error).into_http()
        }
    }
}

/// Ends the reading of a message that is larger than any of the contract's needs to be.
pub(super) async fn message_size(request: Request, next: Rpc) -> Response {
    let request = request.map(|body| Body::new(Limited::new(body, MAX_MESSAGE_BYTES).map_err(too_large)));
    next.answer(request).await
}

fn too_large(error: Box<dyn std::error::Error + Send + Sync>) -> Status {
    if error.is::<LengthLimitError>() {
        let message = format!("the message is larger than {MAX_MESSAGE_BYTES} bytes");
        return ServiceError::new(Reason::RequestInvalid, message).into();
    }
    Status::from_error(error)
}
