//! Callers and counselors who repeat what was not answered, to whichever process there is.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harborline::mesh::{Addresses, DEVELOPMENT_PROGRAM};
use harborline_identity::{Role, ServiceName};
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_client::AttendServiceClient;
use harborline_proto::availability::v1::ticket_service_client::TicketServiceClient;
use harborline_proto::common::v1 as common;
use harborline_testkit::wait_until;
use harborline_tests::Stage;
use rand::seq::IndexedRandom;
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

/// Of each process, a counselor whose stream is always there: by it the process's replica is known.
pub(super) const WITNESSES: [&str; 2] = ["ana-0", "ana-1"];
/// Who works at each process, with how many message conversations at once.
const NAMES: [(&str, i32); 3] = [("ana", 1), ("ben", 2), ("cem", 3)];
/// How many contacts may wait or be talked to at once.
const AT_ONCE: usize = 24;
/// How long one try may take.
const TRY_LIMIT: Duration = Duration::from_secs(5);
/// The pause after a process was not there.
const PAUSE: Duration = Duration::from_millis(20);

/// One process of availability, as callers and counselors reach it.
pub(super) struct Site {
    public: Channel,
    as_intake: Channel,
}

impl Site {
    pub(super) fn at(stage: &Stage, addresses: Addresses) -> Self {
        let public = Endpoint::from_shared(format!("http://{}", addresses.public)).expect("an address is a URI");
        Self {
            public: public.connect_timeout(Duration::from_secs(2)).connect_lazy(),
            as_intake: stage.mesh_channel(ServiceName::Intake, addresses.mesh),
        }
    }
}

/// A counselor with a token, and the process at which they have their stream.
pub(super) struct Person {
    at: usize,
    bearer: String,
}

/// The line with its two processes, and what happened to calls on it.
pub(super) struct Line {
    sites: [Site; 2],
    room: Semaphore,
    is_over: AtomicBool,
    open: AtomicUsize,
    repeated: AtomicUsize,
    acknowledged: Mutex<BTreeSet<Uuid>>,
    taken: Mutex<BTreeSet<String>>,
}

impl Line {
    pub(super) fn new(sites: [Site; 2]) -> Self {
        Self {
            sites,
            room: Semaphore::new(AT_ONCE),
            is_over: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            repeated: AtomicUsize::new(0),
            acknowledged: Mutex::default(),
            taken: Mutex::default(),
        }
    }

    /// From now on nobody calls who has called often enough.
    pub(super) fn no_more(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// Calls that wait for their answers.
    pub(super) fn open_calls(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// How often a call was made again because nobody knew what became of it.
    pub(super) fn repeated(&self) -> usize {
        self.repeated.load(Ordering::SeqCst)
    }

    /// Contacts of which intake was told that they wait.
    pub(super) fn acknowledged(&self) -> BTreeSet<Uuid> {
        self.acknowledged.lock().expect("nobody panicked").clone()
    }

    /// Offers of which a counselor was told that they are taken.
    pub(super) fn taken(&self) -> BTreeSet<String> {
        self.taken.lock().expect("nobody panicked").clone()
    }

    /// Everybody who calls may call once more, at once.
    pub(super) fn rush(&self) {
        self.room.add_permits(AT_ONCE);
    }

    /// Makes a call through any of the two, and again through the other one while it is not answered.
    async fn ask<A, F, R>(&self, call: F) -> Result<A, Status>
    where
        F: Fn(usize) -> R,
        R: Future<Output = Result<Response<A>, Status>>,
    {
        self.open.fetch_add(1, Ordering::SeqCst);
        let mut site = rand::random_range(0..2);
        let answer = loop {
            match tokio::time::timeout(TRY_LIMIT, call(site)).await {
                Ok(Ok(answer)) => break Ok(answer.into_inner()),
                Ok(Err(status)) if !is_unanswered(&status) => break Err(status),
                _ => {}
            }
            self.repeated.fetch_add(1, Ordering::SeqCst);
            site = 1 - site;
            tokio::time::sleep(PAUSE).await;
        };
        self.open.fetch_sub(1, Ordering::SeqCst);
        answer
    }

    async fn ask_as_intake<M: Clone, A, R>(
        &self,
        message: M,
        call: impl Fn(TicketServiceClient<Channel>, Request<M>) -> R,
    ) -> Result<A, Status>
    where
        R: Future<Output = Result<Response<A>, Status>>,
    {
        self.ask(|site| {
            let mut request = Request::new(message.clone());
            insert(request.metadata_mut(), "harborline-program", &DEVELOPMENT_PROGRAM.to_string());
            call(TicketServiceClient::new(self.sites[site].as_intake.clone()), request)
        })
        .await
    }

    async fn ask_as<M: Clone, A, R>(
        &self,
        person: &Person,
        message: M,
        call: impl Fn(AttendServiceClient<Channel>, Request<M>) -> R,
    ) -> Result<A, Status>
    where
        R: Future<Output = Result<Response<A>, Status>>,
    {
        self.ask(|site| {
            let client = AttendServiceClient::new(self.sites[site].public.clone());
            call(client, person.request(message.clone()))
        })
        .await
    }
}

fn insert(metadata: &mut MetadataMap, key: &'static str, value: &str) {
    metadata.insert(key, value.parse().expect("tokens and ids are ASCII"));
}

/// Whether a failure says nothing about what became of the call.
fn is_unanswered(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown)
}

fn id() -> String {
    Uuid::now_v7().to_string()
}

impl Person {
    fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        insert(request.metadata_mut(), "authorization", &self.bearer);
        request
    }
}

/// Puts the counselors of both processes on the roster.
pub(super) async fn hire(stage: &Stage, line: &Line) -> Vec<Person> {
    let admin = stage.person("administrator", &[Role::Administrator, Role::Supervisor]);
    let mut people = Vec::new();
    for at in 0..line.sites.len() {
        for (name, capacity) in NAMES {
            let name = format!("{name}-{at}");
            let counselor = pb::Counselor {
                counselor_id: name.clone(),
                name: name.clone(),
                kind: common::CounselorKind::CrisisCounselor.into(),
                languages: vec!["en".to_owned()],
                channels: vec![common::Channel::Phone.into(), common::Channel::Message.into()],
                message_capacity: capacity,
                ..pb::Counselor::default()
            };
            let put = pb::PutCounselorRequest { request_id: id(), counselor: Some(counselor) };
            admin.roster.clone().put_counselor(put).await.expect("the counselor is put on the roster");
            let token = stage.token(&name, &[Role::Counselor], None).expect("the authority signs");
            people.push(Person { at, bearer: format!("Bearer {token}") });
        }
    }
    people
}

/// Emergencies, one after the other, until somebody was raced for: until counselors were free besides who was asked.
pub(super) async fn calling_until_raced(line: &Line, database: &PgPool) {
    let races = "select count(*) from ticket where kind = 'race'";
    wait_until("an emergency is raced", || async {
        call(line, 1).await;
        let races: i64 = sqlx::query_scalar(races).fetch_one(database).await.expect("the database answers");
        (races > 0).then_some(())
    })
    .await;
}

/// A caller after the other: at least so many, and on while the line is looked at.
pub(super) async fn calling(line: Arc<Line>, at_least: usize) {
    let mut came = 0;
    while came < at_least || !line.is_over.load(Ordering::SeqCst) {
        call(&line, rand::random_range(1..=5)).await;
        came += 1;
    }
}

/// Somebody calls, and intake asks for a counselor.
async fn call(line: &Line, acuity: i32) {
    line.room.acquire().await.expect("the line is open").forget();
    let contact = Uuid::now_v7();
    let channels = [common::Channel::Phone, common::Channel::Phone, common::Channel::Message];
    let channel = *channels.choose(&mut rand::rng()).expect("there are channels");
    let message = pb::RequestCounselorRequest {
        request_id: id(),
        contact_id: contact.to_string(),
        acuity,
        need: Some(common::Need { channel: channel.into(), language: "en".to_owned(), ..common::Need::default() }),
        ..pb::RequestCounselorRequest::default()
    };
    let asked =
        line.ask_as_intake(message, |mut client, request| async move { client.request_counselor(request).await });
    asked.await.unwrap_or_else(|status| panic!("a caller was refused: {status:?}"));
    line.acknowledged.lock().expect("nobody panicked").insert(contact);
}

/// A counselor at an open stream, which is opened again whenever it breaks.
pub(super) async fn at_work(line: Arc<Line>, person: Person) {
    loop {
        let attend = AttendServiceClient::new(line.sites[person.at].public.clone());
        if let Ok(stream) = attend.clone().attend(person.request(pb::AttendRequest::default())).await {
            let mut stream = stream.into_inner();
            while let Ok(Some(shown)) = stream.message().await {
                take_and_end(&line, &person, &shown).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes what is offered, and ends and finishes what is in hand. It may be shown for a moment after it was taken or ended.
async fn take_and_end(line: &Line, person: &Person, shown: &pb::AttendResponse) {
    for offer in &shown.offers {
        let message = pb::AcceptOfferRequest { request_id: id(), offer_id: offer.offer_id.clone() };
        let accept =
            |mut client: AttendServiceClient<Channel>, request| async move { client.accept_offer(request).await };
        if line.ask_as(person, message, accept).await.is_ok() {
            line.taken.lock().expect("nobody panicked").insert(offer.offer_id.clone());
            line.room.add_permits(1);
        }
    }
    for engagement in &shown.engagements {
        let contact_id = engagement.contact_id.clone();
        if !engagement.wrapping_up {
            let message = pb::ReleaseCounselorRequest { request_id: id(), contact_id: contact_id.clone() };
            let released = line
                .ask_as_intake(message, |mut client, request| async move { client.release_counselor(request).await });
            released.await.unwrap_or_else(|status| panic!("a conversation could not end: {status:?}"));
        }
        let message = pb::FinishWrapUpRequest { request_id: id(), contact_id };
        let finished =
            line.ask_as(person, message, |mut client, request| async move { client.finish_wrap_up(request).await });
        finished.await.unwrap_or_else(|status| panic!("a wrap-up could not be finished: {status:?}"));
    }
}
