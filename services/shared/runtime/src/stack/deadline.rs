//! The caller's time: cut to what is granted, kept for the calls made on the way, and answered for when it is over.
//!
//! tonic would answer an expired time with CANCELLED; this answers DEADLINE_EXCEEDED a moment before. The time covers a
//! call up to its response's headers: a stream that has begun ends by its age.

use std::time::Duration;

use harborline_status::{Reason, ServiceError};
use tokio::time::{Instant, timeout_at};
use tonic::Status;

use super::{Request, Response, Rpc};
use crate::deadline::{DEADLINE, asked};

/// So much earlier than the caller do we give up, to be the one who answers.
const EARLIER: Duration = Duration::from_millis(1);

/// The times that are granted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) default: Duration,
    pub(super) max: Duration,
}

/// When the call is over, among the request's extensions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(pub(super) Instant);

pub(super) async fn run(limits: Limits, mut request: Request, next: Rpc) -> Response {
    let granted = asked(request.headers()).unwrap_or(limits.default).min(limits.max);
    let deadline = Instant::now() + granted.saturating_sub(EARLIER);
    request.extensions_mut().insert(Deadline(deadline));
    let answering = DEADLINE.scope(deadline, next.answer(request));
    match timeout_at(deadline, answering).await {
        Ok(response) => response,
        Err(_elapsed) => {
            let error = ServiceError::new(Reason::DeadlineOver, "the time that the caller gave is over");
            Status::from(error).into_http()
        }
    }
}
