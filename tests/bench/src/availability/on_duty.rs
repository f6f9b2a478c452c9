//! Counselors on duty who accept every offer and end each conversation at once; and calls that are repeated until they
//! are answered.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_client::AttendServiceClient;
use harborline_proto::availability::v1::ticket_service_client::TicketServiceClient;
use harborline_types::RequestId;
use tokio::sync::oneshot;
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};

use super::replica::CALLER;

/// A call that no replica answers is made again after this time.
const PAUSE: Duration = Duration::from_millis(20);
/// After this time without an answer the call fails: a takeover is over sooner.
const GIVE_UP: Duration = Duration::from_secs(60);

/// When a contact was offered and when its wrap-up was over, since it entered the queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Served {
    pub(crate) offered: Duration,
    pub(crate) over: Duration,
}

/// A contact that is not over yet.
struct Waiter {
    since: Instant,
    offered: Option<Duration>,
    over: oneshot::Sender<Served>,
}

/// The contacts that are not over yet.
#[derive(Clone, Default)]
pub(crate) struct WaitingContacts(Arc<Mutex<HashMap<String, Waiter>>>);

impl WaitingContacts {
    /// Adds a contact that waits since this instant; answers when it is over.
    pub(crate) fn add(&self, contact: String, since: Instant) -> oneshot::Receiver<Served> {
        let (over, served) = oneshot::channel();
        self.locked().insert(contact, Waiter { since, offered: None, over });
        served
    }

    /// Notes that a contact was offered. False for one that does not wait: it is over already, or is not to be
    /// accepted.
    fn offered(&self, contact: &str) -> bool {
        let mut waiting = self.locked();
        let waiter = waiting.get_mut(contact);
        waiter.map(|waiter| waiter.offered.get_or_insert(waiter.since.elapsed())).is_some()
    }

    fn over(&self, contact: &str) {
        if let Some(Waiter { since, offered, over }) = self.locked().remove(contact) {
            let took = since.elapsed();
            let _ = over.send(Served { offered: offered.unwrap_or(took), over: took });
        }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, Waiter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A counselor on duty.
pub(crate) struct OnDuty {
    name: String,
    attend: AttendServiceClient<Channel>,
    calls: AttendServiceClient<Channel>,
    queue: TicketServiceClient<Channel>,
    stream: Streaming<pb::AttendResponse>,
    waiting: WaitingContacts,
}

impl OnDuty {
    /// Begins the Attend stream of a counselor.
    pub(crate) async fn begin(
        number: usize,
        streams: Channel,
        calls: Channel,
        waiting: WaitingContacts,
    ) -> Result<Self, Status> {
        let name = format!("counselor-{number}");
        let mut attend = AttendServiceClient::new(streams);
        let stream = attend.attend(by(&name, pb::AttendRequest::default())).await?.into_inner();
        let (calls, queue) = (AttendServiceClient::new(calls.clone()), TicketServiceClient::new(calls));
        Ok(Self { name, attend, calls, queue, stream, waiting })
    }

    /// Accepts what is offered, and begins a new stream whenever the stream has broken.
    pub(crate) async fn work(mut self) {
        loop {
            while let Ok(Some(state)) = self.stream.message().await {
                for offer in state.offers {
                    if self.waiting.offered(&offer.contact_id) {
                        self.take(offer).await;
                    }
                }
            }
            let (attend, name) = (self.attend.clone(), self.name.clone());
            let again = insist(|| {
                let mut attend = attend.clone();
                let request = by(&name, pb::AttendRequest::default());
                async move { attend.attend(request).await }
            });
            match again.await {
                Ok(stream) => self.stream = stream.into_inner(),
                Err(_) => return,
            }
        }
    }

    /// Accepts, has the conversation ended, and wraps up. An offer that is refused was taken back meanwhile: another
    /// counselor will have the contact.
    async fn take(&self, offer: pb::Offer) {
        let contact_id = offer.contact_id;
        let accept = pb::AcceptOfferRequest { request_id: id(), offer_id: offer.offer_id };
        let release = pb::ReleaseCounselorRequest { request_id: id(), contact_id: contact_id.clone() };
        let finish = pb::FinishWrapUpRequest { request_id: id(), contact_id: contact_id.clone() };
        let (calls, queue, name) = (&self.calls, &self.queue, self.name.as_str());
        let taken = insist(|| {
            let (mut calls, request) = (calls.clone(), by(name, accept.clone()));
            async move { calls.accept_offer(request).await }
        });
        if taken.await.is_err() {
            return;
        }
        let released = insist(|| {
            let (mut queue, request) = (queue.clone(), by("intake", release.clone()));
            async move { queue.release_counselor(request).await }
        });
        let finished = insist(|| {
            let (mut calls, request) = (calls.clone(), by(name, finish.clone()));
            async move { calls.finish_wrap_up(request).await }
        });
        if released.await.is_ok() && finished.await.is_ok() {
            self.waiting.over(&contact_id);
        }
    }
}

/// Repeats a call, as the contracts say, for as long as no replica answers it.
pub(crate) async fn insist<T, F>(call: impl Fn() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<T, Status>>,
{
    let begun = Instant::now();
    loop {
        match call().await {
            Err(status) if unanswered(&status) && begun.elapsed() < GIVE_UP => tokio::time::sleep(PAUSE).await,
            answered => return answered,
        }
    }
}

/// Whether a call reached no replica, or lost the one that was to answer. A killed process breaks its connections in
/// many ways.
fn unanswered(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal)
}

pub(crate) fn id() -> String {
    RequestId::new().to_string()
}

pub(crate) fn by<T>(name: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    if let Ok(name) = name.parse() {
        request.metadata_mut().insert(CALLER, name);
    }
    request
}
