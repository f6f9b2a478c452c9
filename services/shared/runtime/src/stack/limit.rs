//! How much at once.
//!
//! # Not chosen
//! tonic's load shedding and concurrency limit, which hold per connection, and tower's, which take a place in
//! `poll_ready` and so one for every idle connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use harborline_status::{Reason, ServiceError};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tonic::Status;
use tonic::body::Body;

use super::crisis::is_crisis;
use super::{MAX_MESSAGE_BYTES, Request, Response, Rpc};
use crate::contract::{is_open, takes_many};

/// A little more than most calls take: by then a place is free.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// The part of the places that only calls of a crisis may take: one in so many.
const RESERVE_PART: usize = 4;

/// Places for calls in flight. A call leaves its place with its response's headers; streams that have begun take none.
///
/// Other calls are admitted only while fewer than the unreserved places are taken, by whomever: a call of a crisis can
/// be refused only when every place is taken, and by then all others have long been.
pub(super) struct Limit {
    taken: AtomicUsize,
    most: usize,
    most_for_others: usize,
}

impl Limit {
    pub(super) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self {
            taken: AtomicUsize::new(0),
            most: places,
            // At least one, so that a very small limit does not shut the others out.
            most_for_others: (places - places / RESERVE_PART).max(1),
        })
    }

    /// A place, unless those for calls of this kind are taken.
    fn enter(&self, is_crisis: bool) -> Option<Place<'_>> {
        let most = if is_crisis { self.most } else { self.most_for_others };
        let one_more = |taken| (taken < most).then_some(taken + 1);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok().map(|_before| Place(self))
    }
}

/// A call's place, until it is dropped.
struct Place<'a>(&'a Limit);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Refuses a call when the places for its kind are taken. Probes are let by: being busy is not being ill.
pub(super) async fn shed(limit: Arc<Limit>, request: Request, next: Rpc) -> Response {
    let path = request.uri().path();
    if is_open(path) {
        return next.answer(request).await;
    }
    match limit.enter(is_crisis(path)) {
        Some(_place) => next.answer(request).await,
        None => {
            let error = ServiceError::new(Reason::Overloaded, "too much at once").retry_after(RETRY_AFTER);
            Status::from(error).into_http()
        }
    }
}

/// Ends the reading of a message that is larger than any of the contract's needs to be. Of a stream of messages each is
/// measured by tonic as it is decoded, and the whole may be as long as it is.
pub(super) async fn message_size(request: Request, next: Rpc) -> Response {
    if takes_many(request.uri().path()) {
        return next.answer(request).await;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_quarter_of_the_places_is_for_calls_of_a_crisis() {
        let limit = Limit::new(8);
        let others: Vec<_> = std::iter::from_fn(|| limit.enter(false)).collect();
        assert_eq!(others.len(), 6);
        let crisis: Vec<_> = std::iter::from_fn(|| limit.enter(true)).collect();
        assert_eq!(crisis.len(), 2);
        drop(others);
        assert!(limit.enter(false).is_some());
    }

    #[test]
    fn calls_of_a_crisis_may_take_every_place_and_then_others_are_refused_first() {
        let limit = Limit::new(8);
        let mut crisis: Vec<_> = std::iter::from_fn(|| limit.enter(true)).collect();
        assert_eq!(crisis.len(), 8);
        crisis.truncate(6);
        assert!(limit.enter(false).is_none(), "the reserve stays free");
        assert!(limit.enter(true).is_some());
    }

    #[test]
    fn a_very_small_limit_shuts_nobody_out() {
        assert!(Limit::new(1).enter(false).is_some());
    }
}
