//! A program with the replicas of the service, and test clients of its counselors.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use harborline_availability::{App, Availability, DispatchSettings, Paging, Process, Rpc, beat, duties, matcher};
use harborline_computations::Computations;
use harborline_config::{ComputationSettings, DutySettings};
use harborline_duties::Worker;
use harborline_identity::{Call, Role, ServiceName};
use harborline_notify::{NotifySettings, notifier};
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1 as common;
use harborline_runtime::StreamAge;
use harborline_service::Role as _;
use harborline_store::Store;
use harborline_testkit::{Database, counselor, person, request, service, some_program, wait_for, wait_until};
use harborline_types::{Clock, ContactId, ProgramId, RequestId};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::intake::FakeIntake;

/// Response times so long that nothing runs out in a test which does not shorten one of them.
pub(crate) fn unhurried() -> DispatchSettings {
    DispatchSettings {
        urgent_offer_timeout_ms: 60_000,
        offer_timeout_ms: 60_000,
        widen_after_ms: vec![60_000, 60_000, 60_000],
        page_after_ms: 60_000,
        backup_after_ms: 60_000,
        presence_grace_ms: 60_000,
        age_after_ms: 0,
        // Parallel offers have tests of their own.
        emergency_offers: 1,
        preferred_ms: 5_000,
        fatigue_urgent_in_a_row: 3,
        fatigue_recovery_ms: 300_000,
        fatigue_longest_stretch_ms: 7_200_000,
        matcher_lease_ms: 1_500,
        replica_silence_ms: 1_500,
    }
}

/// Two computations at once, one of each program, of any length.
fn computations() -> Computations {
    Computations::new(&ComputationSettings {
        at_once: 2,
        at_once_of_one_program: 1,
        waiting_of_one_program: 8,
        longest_ms: 600_000,
    })
}

/// How replicas work in the background.
#[derive(Clone)]
pub(crate) struct Work {
    /// The receiver of pages; none: no page is sent.
    pub(crate) notify: Option<NotifySettings>,
    /// After this time another replica takes over the duties of a dead one.
    pub(crate) lease_seconds: u64,
    /// The domain's clock.
    pub(crate) clock: Clock,
}

impl Work {
    fn paging(&self) -> Paging {
        let Some(settings) = &self.notify else { return Paging::nobody() };
        Paging::new(notifier(settings).unwrap(), settings.page_again_after(), 2)
    }
}

/// A program, with one replica of the service at work.
pub(crate) struct Given {
    pub(crate) program: ProgramId,
    pub(crate) store: Store,
    pub(crate) url: String,
    pub(crate) services: Rpc,
    pub(crate) intake: Arc<FakeIntake>,
    pub(crate) app: Arc<App>,
    settings: DispatchSettings,
    work: Work,
    replica: Option<Replica>,
}

/// The background of one replica; gone when dropped, as if the process had been killed.
pub(crate) struct Replica {
    pub(crate) services: Rpc,
    app: Arc<App>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

pub(crate) fn replica(store: &Store, settings: &DispatchSettings, work: &Work, intake: &Arc<FakeIntake>) -> Replica {
    let shutdown = CancellationToken::new();
    let streams = StreamAge::new(Duration::from_secs(3600), shutdown.clone());
    let (told, clock) = (intake.clone(), work.clock.clone());
    let process = Process { streams, computations: computations(), shutdown: shutdown.clone() };
    let app = App::new(store.clone(), clock.clone(), told, settings.clone(), work.paging(), process);
    let settings = DutySettings { lease_seconds: work.lease_seconds, concurrency: 8, poll_seconds: 1 };
    let worker = Worker::new(store.clone(), clock, ServiceName::Availability, settings);
    let worker = duties::register(worker, &app);
    let tasks = vec![
        tokio::spawn(matcher::supervise(app.clone())),
        tokio::spawn(beat(app.clone())),
        tokio::spawn(worker.run(shutdown)),
    ];
    Replica { services: Rpc::new(app.clone()), app, tasks }
}

impl Given {
    pub(crate) async fn new(settings: DispatchSettings) -> Self {
        Self::with_work(settings, Work { notify: None, lease_seconds: 5, clock: Clock::System }).await
    }

    pub(crate) async fn with_work(settings: DispatchSettings, work: Work) -> Self {
        let Database { store, url } = Database::fresh(&Availability::schema()).await;
        let intake = Arc::new(FakeIntake::default());
        let replica = replica(&store, &settings, &work, &intake);
        let (services, app) = (replica.services.clone(), replica.app.clone());
        Self { program: some_program(), store, url, services, intake, app, settings, work, replica: Some(replica) }
    }

    /// Ends the program's first replica, as if its process had been killed.
    pub(crate) fn kill(&mut self) {
        self.replica = None;
    }

    /// One more replica on the same database, with connections of its own.
    pub(crate) async fn another_replica(&self) -> Replica {
        let store = Store::of_pool(&sqlx::PgPool::connect(&self.url).await.unwrap(), harborline_testkit::keys());
        replica(&store, &self.settings, &self.work, &self.intake)
    }

    /// The domain's clock.
    pub(crate) fn clock(&self) -> &Clock {
        &self.work.clock
    }

    /// Ends the program's first replica; another one takes its place, with this clock of the domain.
    pub(crate) async fn sleep_until(&mut self, clock: Clock) {
        self.kill();
        self.work.clock = clock;
        let replica = self.another_replica().await;
        self.services = replica.services.clone();
        self.replica = Some(replica);
    }

    /// The RPCs of a replica that serves streams, but has no matcher, and whose heartbeat never comes.
    pub(crate) fn silent_replica(&self) -> Rpc {
        let streams = StreamAge::new(Duration::from_secs(3600), CancellationToken::new());
        let intake = self.intake.clone();
        let (settings, paging) = (self.settings.clone(), Paging::nobody());
        let process = Process { streams, computations: computations(), shutdown: CancellationToken::new() };
        Rpc::new(App::new(self.store.clone(), self.work.clock.clone(), intake, settings, paging, process))
    }

    pub(crate) fn intake_call(&self) -> Call {
        service(self.program, ServiceName::Intake)
    }

    pub(crate) fn administrator(&self) -> Call {
        person(self.program, "admin", &[Role::Administrator, Role::Supervisor])
    }

    pub(crate) async fn hire(&self, counselor: pb::Counselor) {
        let message = pb::PutCounselorRequest { request_id: id(), counselor: Some(counselor) };
        self.services.put_counselor(request(&self.administrator(), message)).await.unwrap();
    }

    /// Puts a person on the roster and makes them supervisor on call.
    pub(crate) async fn put_on_call(&self, id: &str, name: &str) -> i64 {
        self.hire(pb::Counselor { name: name.to_owned(), ..a_counselor(id) }).await;
        let (request_id, supervisor_id) = (self::id(), id.to_owned());
        let message = pb::PutSupervisorOnCallRequest { request_id, supervisor_id, name: name.to_owned() };
        let answer = self.services.put_supervisor_on_call(request(&self.administrator(), message)).await;
        answer.unwrap().into_inner().sequence
    }

    /// A new counselor on duty.
    pub(crate) async fn on_duty(&self, name: &str) -> OnDuty {
        self.hire(a_counselor(name)).await;
        self.attend(name).await
    }

    /// A counselor of the roster comes on duty.
    pub(crate) async fn attend(&self, name: &str) -> OnDuty {
        OnDuty::attend(&self.services, counselor(self.program, name)).await
    }

    /// One more device of a counselor on duty.
    pub(crate) async fn another_device(&self, name: &str) -> OnDuty {
        self.attend(name).await
    }

    pub(crate) async fn enqueue(&self, acuity: common::Acuity) -> ContactId {
        self.enqueue_needing(acuity, need()).await
    }

    pub(crate) async fn enqueue_needing(&self, acuity: common::Acuity, need: common::Need) -> ContactId {
        let contact = ContactId::new();
        let message = pb::RequestCounselorRequest { acuity: acuity.into(), need: Some(need), ..wanted(contact) };
        self.services.request_counselor(request(&self.intake_call(), message)).await.unwrap();
        contact
    }

    pub(crate) async fn release(&self, contact: ContactId) {
        let message = pb::ReleaseCounselorRequest { request_id: id(), contact_id: contact.to_string() };
        self.services.release_counselor(request(&self.intake_call(), message)).await.unwrap();
    }

    pub(crate) async fn withdraw(&self, contact: ContactId) -> bool {
        self.withdraw_ticket(contact, false).await
    }

    /// Intake says that a caller who had left the counselor is back.
    pub(crate) async fn caller_is_back(&self, contact: ContactId) {
        let message = pb::RaiseTicketRequest {
            request_id: id(),
            contact_id: contact.to_string(),
            acuity: common::Acuity::Routine.into(),
            need: None,
            caller_is_back: true,
        };
        self.services.raise_ticket(request(&self.intake_call(), message)).await.unwrap();
    }

    /// Intake says that the backup line has the caller.
    pub(crate) async fn hand_off(&self, contact: ContactId) -> bool {
        self.withdraw_ticket(contact, true).await
    }

    async fn withdraw_ticket(&self, contact: ContactId, handed_off: bool) -> bool {
        let message = pb::WithdrawTicketRequest { request_id: id(), contact_id: contact.to_string(), handed_off };
        let answer = self.services.withdraw_ticket(request(&self.intake_call(), message)).await;
        answer.unwrap().into_inner().withdrawn
    }

    pub(crate) async fn ticket(&self, contact: ContactId) -> pb::Ticket {
        let message = pb::GetTicketRequest { contact_id: contact.to_string() };
        let answer = self.services.get_ticket(request(&self.administrator(), message)).await;
        answer.unwrap().into_inner().ticket.unwrap()
    }

    /// Waits until the history of a ticket has this event.
    pub(crate) async fn until_ticket_has(&self, contact: ContactId, kind: pb::TicketEventKind) -> pb::Ticket {
        let recorded = || async { Some(self.ticket(contact).await).filter(|ticket| steps(ticket).contains(&kind)) };
        wait_until(kind.as_str_name(), recorded).await
    }

    /// Waits until a ticket is in this state.
    pub(crate) async fn until_ticket_is(&self, contact: ContactId, state: pb::TicketState) -> pb::Ticket {
        wait_until(state.as_str_name(), || async {
            Some(self.ticket(contact).await).filter(|ticket| ticket.state() == state)
        })
        .await
    }
}

/// A test client of a counselor on duty: an Attend stream of one device, and the counselor's calls.
pub(crate) struct OnDuty {
    services: Rpc,
    pub(crate) call: Call,
    pub(crate) stream: BoxStream<'static, Result<pb::AttendResponse, Status>>,
}

impl OnDuty {
    /// Begins the stream, at any replica.
    pub(crate) async fn attend(services: &Rpc, call: Call) -> Self {
        let stream = services.attend(request(&call, pb::AttendRequest::default())).await.unwrap().into_inner();
        Self { services: services.clone(), call, stream }
    }

    /// The first state on the stream that meets the condition.
    pub(crate) async fn until(&mut self, meant: impl Fn(&pb::AttendResponse) -> bool) -> pb::AttendResponse {
        let found = async {
            loop {
                let state = self.stream.next().await.expect("the stream is open").unwrap();
                if meant(&state) {
                    return state;
                }
            }
        };
        wait_for("the state is sent", found).await
    }

    /// The next offer on the screen.
    pub(crate) async fn offer(&mut self) -> pb::Offer {
        self.until(|state| !state.offers.is_empty()).await.offers.remove(0)
    }

    pub(crate) async fn accept(&self, offer: &pb::Offer) -> Result<pb::AcceptOfferResponse, Status> {
        let message = pb::AcceptOfferRequest { request_id: id(), offer_id: offer.offer_id.clone() };
        Ok(self.services.accept_offer(request(&self.call, message)).await?.into_inner())
    }

    /// Takes the next offer on the screen.
    pub(crate) async fn take_next(&mut self) {
        let offer = self.offer().await;
        self.accept(&offer).await.unwrap();
    }

    /// Asserts that these contacts are offered in this order; takes one at a time and ends it before the next.
    pub(crate) async fn assert_serves_in_turn(&mut self, given: &Given, contacts: &[ContactId]) {
        for contact in contacts {
            let free = self.until(|state| !state.offers.is_empty() && state.engagements.is_empty());
            let offer = free.await.offers.remove(0);
            assert_eq!(offer.contact_id, contact.to_string());
            self.accept(&offer).await.unwrap();
            given.release(*contact).await;
            self.finish(*contact).await;
        }
    }

    pub(crate) async fn decline(&self, offer: &pb::Offer) -> Result<(), Status> {
        let offer_id = offer.offer_id.clone();
        let reason = pb::DeclineReason::Conflict.into();
        let message = pb::DeclineOfferRequest { request_id: id(), offer_id, reason };
        self.services.decline_offer(request(&self.call, message)).await.map(|_| ())
    }

    pub(crate) async fn finish(&self, contact: ContactId) {
        let message = pb::FinishWrapUpRequest { request_id: id(), contact_id: contact.to_string() };
        self.services.finish_wrap_up(request(&self.call, message)).await.unwrap();
    }

    pub(crate) async fn leave(&self) {
        let message = pb::LeaveShiftRequest { request_id: id() };
        self.services.leave_shift(request(&self.call, message)).await.unwrap();
    }

    pub(crate) async fn until_closed(&mut self) {
        let closed = async { while self.stream.next().await.is_some() {} };
        wait_for("the stream ends", closed).await;
    }
}

pub(crate) fn id() -> String {
    RequestId::new().to_string()
}

pub(crate) fn a_counselor(name: &str) -> pb::Counselor {
    pb::Counselor {
        counselor_id: name.to_owned(),
        name: name.to_owned(),
        kind: common::CounselorKind::CrisisCounselor.into(),
        languages: vec!["en".to_owned()],
        channels: vec![common::Channel::Phone.into(), common::Channel::Message.into()],
        message_capacity: 2,
        ..pb::Counselor::default()
    }
}

pub(crate) fn need() -> common::Need {
    common::Need { channel: common::Channel::Phone.into(), language: "en".to_owned(), ..common::Need::default() }
}

/// Intake's request for a counselor, with an acuity and a need that any counselor meets.
pub(crate) fn wanted(contact: ContactId) -> pb::RequestCounselorRequest {
    pb::RequestCounselorRequest {
        request_id: id(),
        contact_id: contact.to_string(),
        acuity: common::Acuity::High.into(),
        need: Some(need()),
        ..pb::RequestCounselorRequest::default()
    }
}

/// The kinds of a ticket's events, in order.
pub(crate) fn steps(ticket: &pb::Ticket) -> Vec<pb::TicketEventKind> {
    ticket.events.iter().map(pb::TicketEvent::kind).collect()
}

/// Accepts every offer of a counselor and ends each conversation at once, until the task is aborted.
pub(crate) async fn work(given: &Given, mut counselor: OnDuty) {
    loop {
        let state = counselor.until(|state| !state.offers.is_empty() || !state.engagements.is_empty()).await;
        for offer in &state.offers {
            // Refused if the state is older than the counselor's last call.
            let _ = counselor.accept(offer).await;
        }
        for engagement in &state.engagements {
            let contact = engagement.contact_id.parse().unwrap();
            given.release(contact).await;
            counselor.finish(contact).await;
        }
    }
}
