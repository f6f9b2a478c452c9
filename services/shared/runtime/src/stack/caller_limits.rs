//! How much one caller may ask: requests in a time, and streams open at once.
//!
//! Callers are told apart by what was authenticated: a person by subject and program, a clinic by itself and program
//! (all its people together), never by an address. Services have no limit: they call because a person did.
//!
//! Every replica counts for itself. A caller whose connections are spread over several has as many times the limit, which
//! is meant to stop a client that has gone wrong from taking what the others need, not to sell a quota.
//!
//! # Invariants
//! - A front end's calls of a crisis are never refused for their number: in a surge it opens contacts for everybody, and
//!   only the limit on calls in flight, which sheds all other calls first, can say no.
//! - A person's calls of a crisis have a bucket of their own: an app that asks too often for something else does not keep
//!   a counselor from accepting an offer, nor a participant from opening a contact.
//!
//! # Not chosen
//! A crate: the bucket is a comparison of two instants, and forgetting callers is where the care lies. A counter shared
//! by the replicas: a call would wait for it, and its outage would be everybody's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use harborline_config::GrpcSettings;
use harborline_identity::{Call, Caller, Role};
use harborline_status::{Reason, ServiceError};
use harborline_types::{FacilityId, PersonId, ProgramId};
use http_body_util::BodyExt;
use tonic::Status;
use tonic::body::Body;

use super::buckets::{Buckets, Rate};
use super::crisis::is_crisis;
use super::{Request, Response, Rpc};
use crate::contract::is_streaming;

/// When to try for a stream again: nobody knows when the caller closes one.
const STREAM_RETRY_AFTER: Duration = Duration::from_secs(1);

/// One caller, as far as limits tell callers apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Person(Option<ProgramId>, PersonId),
    Clinic(Option<ProgramId>, FacilityId),
}

/// What one kind of caller may.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    requests: Option<Rate>,
    crisis_requests: Option<Rate>,
    streams: Option<u32>,
}

impl Allowance {
    fn new(per_second: u32, burst: u32, streams: u32) -> Self {
        let requests = Rate::new(per_second, burst);
        Self { requests, crisis_requests: requests, streams: (streams > 0).then_some(streams) }
    }
}

/// What every caller has left.
pub(super) struct CallerLimits {
    person: Allowance,
    front_end: Allowance,
    clinic: Allowance,
    requests: Mutex<Buckets<(Key, bool)>>,
    streams: Mutex<HashMap<Key, u32>>,
}

impl CallerLimits {
    pub(super) fn new(settings: &GrpcSettings) -> Arc<Self> {
        let front_end = Allowance::new(
            settings.front_end_requests_per_second,
            settings.front_end_burst,
            settings.front_end_streams,
        );
        Arc::new(Self {
            person: Allowance::new(settings.person_requests_per_second, settings.person_burst, settings.person_streams),
            front_end: Allowance { crisis_requests: None, ..front_end },
            clinic: Allowance::new(settings.clinic_requests_per_second, settings.clinic_burst, settings.clinic_streams),
            requests: Mutex::new(Buckets::new()),
            streams: Mutex::default(),
        })
    }

    /// Who calls and what they may; none for who has no limit.
    fn of(&self, call: &Call) -> Option<(Key, Allowance)> {
        let Caller::Person(person) = call.caller() else { return None };
        let program = call.scope().ok().map(|scope| scope.program());
        if let Some(clinic) = person.clinic {
            return Some((Key::Clinic(program, clinic), self.clinic));
        }
        let allowance = if call.has_role(Role::FrontEnd) { self.front_end } else { self.person };
        Some((Key::Person(program, person.id.clone()), allowance))
    }

    fn ask(self: &Arc<Self>, call: &Call, path: &str) -> Result<Option<StreamPlace>, ServiceError> {
        let Some((key, allowance)) = self.of(call) else { return Ok(None) };
        let is_crisis = is_crisis(path);
        let rate = if is_crisis { allowance.crisis_requests } else { allowance.requests };
        if let Some(rate) = rate {
            let taken = held(&self.requests).take((key.clone(), is_crisis), rate, Instant::now());
            taken.map_err(|wait| over("more requests than one caller may make", wait))?;
        }
        match allowance.streams {
            Some(most) if is_streaming(path) => self.open_stream(key, most).map(Some),
            _ => Ok(None),
        }
    }

    fn open_stream(self: &Arc<Self>, key: Key, most: u32) -> Result<StreamPlace, ServiceError> {
        let mut streams = held(&self.streams);
        let open = streams.entry(key.clone()).or_default();
        if *open >= most {
            return Err(over("more streams than one caller may hold open", STREAM_RETRY_AFTER));
        }
        *open += 1;
        Ok(StreamPlace { limits: Arc::clone(self), key })
    }
}

fn over(message: &str, wait: Duration) -> ServiceError {
    ServiceError::new(Reason::Overloaded, message).retry_after(wait)
}

/// The tables are whole after every step, so a panic elsewhere does not spoil them.
fn held<T>(table: &Mutex<T>) -> MutexGuard<'_, T> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A caller's open stream, until it is dropped.
struct StreamPlace {
    limits: Arc<CallerLimits>,
    key: Key,
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut streams = held(&self.limits.streams);
        if let Some(open) = streams.get_mut(&self.key) {
            *open -= 1;
            if *open == 0 {
                streams.remove(&self.key);
            }
        }
    }
}

/// Refuses what is more than its caller may. Who was let by without being known (probes) has no limit here.
pub(super) async fn run(limits: Arc<CallerLimits>, request: Request, next: Rpc) -> Response {
    let Some(call) = request.extensions().get::<Call>() else { return next.answer(request).await };
    match limits.ask(call, request.uri().path()) {
        Ok(None) => next.answer(request).await,
        // The stream's place lives as long as its body, which goes when it ends or its reader does.
        Ok(Some(place)) => next.answer(request).await.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _kept = &place;
                frame
            }))
        }),
        Err(refusal) => Status::from(refusal).into_http(),
    }
}

#[cfg(test)]
mod tests;
