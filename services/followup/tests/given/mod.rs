//! What the tests begin with: followup over a fresh database, and an intake that remembers.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use harborline_config::{DutySettings, Loaded, Source, load, variable_name};
use harborline_contacts::Contacts;
use harborline_duties::Worker;
use harborline_followup::ports::IntakePort;
use harborline_followup::{App, DEFAULTS, FollowUpRpc, Settings, duties_of, schema};
use harborline_identity::{Call, ProgramScope, Role, ServiceName};
use harborline_proto::common::v1 as common;
use harborline_proto::followup::v1 as pb;
use harborline_proto::followup::v1::follow_up_service_server::FollowUpService;
use harborline_testkit::{Database, KnowingHub, owner, person, request, service, some_program, wait_until};
use harborline_types::{Clock, ContactId, ParticipantId, PlanId, ProgramId, RequestId, wire};
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// Followup with its documented defaults, and one program.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) rpc: FollowUpRpc,
    pub(crate) app: App,
    pub(crate) hub: Arc<KnowingHub>,
    pub(crate) program: ProgramId,
    pub(crate) hours_ago: i64,
}

impl Given {
    /// Contacts have just closed.
    pub(crate) async fn fresh() -> Self {
        Self::closed_hours_ago(0).await
    }

    /// Contacts of [`Given::of_closing`] closed so many hours ago.
    pub(crate) async fn closed_hours_ago(hours_ago: i64) -> Self {
        let store = Database::fresh(&schema()).await.store;
        let schedules = default_settings().followup.schedules();
        let hub = Arc::new(KnowingHub::default());
        let app = App::new(store, Clock::System, schedules, Contacts::of(hub.clone()));
        Self { rpc: FollowUpRpc::new(app.clone()), app, hub, program: some_program(), hours_ago }
    }

    pub(crate) fn closed_at(&self) -> prost_types::Timestamp {
        closed_at()
    }

    /// A contact of a participant that closed when this test's contacts did.
    pub(crate) fn of_closing(
        &self,
        contact: ContactId,
        participant: ParticipantId,
        acuity: common::Acuity,
    ) -> pb::PlanFollowUpsRequest {
        let mut message = closed(contact, Some(participant), acuity);
        message.closed_at.as_mut().unwrap().seconds -= self.hours_ago * 3600;
        message
    }

    pub(crate) async fn plan_closed(&self, contact: ContactId, acuity: common::Acuity) -> pb::FollowUpPlan {
        self.plan(self.of_closing(contact, ParticipantId::new(), acuity)).await.unwrap()
    }

    fn intake(&self) -> Call {
        service(self.program, ServiceName::Intake)
    }

    pub(crate) fn ana(&self) -> Call {
        person(self.program, "ana", &[Role::CareTeam])
    }

    pub(crate) async fn plan(&self, message: pb::PlanFollowUpsRequest) -> Result<pb::FollowUpPlan, Status> {
        let answer = self.rpc.plan_follow_ups(request(&self.intake(), message)).await?;
        Ok(answer.into_inner().plan.unwrap())
    }

    pub(crate) async fn record(&self, message: pb::RecordAttemptRequest) -> Result<pb::FollowUpPlan, Status> {
        let answer = self.rpc.record_attempt(request(&self.intake(), message)).await?;
        Ok(answer.into_inner().plan.unwrap())
    }

    pub(crate) async fn plan_of(&self, contact: ContactId) -> Result<pb::FollowUpPlan, Status> {
        let message = pb::GetFollowUpPlanRequest { contact_id: contact.to_string() };
        Ok(self.rpc.get_follow_up_plan(request(&self.ana(), message)).await?.into_inner().plan.unwrap())
    }

    pub(crate) async fn list(&self, page_size: i32, page_token: &str) -> Result<pb::ListFollowUpPlansResponse, Status> {
        let message = pb::ListFollowUpPlansRequest { page_size, page_token: page_token.to_owned() };
        Ok(self.rpc.list_follow_up_plans(request(&self.ana(), message)).await?.into_inner())
    }

    pub(crate) async fn digest(&self, participant: ParticipantId) -> Vec<pb::DigestEntry> {
        let message = pb::GetSessionDigestRequest { participant_id: participant.to_string() };
        self.rpc.get_session_digest(request(&self.ana(), message)).await.unwrap().into_inner().entries
    }

    pub(crate) async fn acknowledge(&self, message: pb::AcknowledgeSessionDigestRequest) -> Result<(), Status> {
        self.rpc.acknowledge_session_digest(request(&self.ana(), message)).await.map(drop)
    }

    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&owner(&self.app.store)).await.unwrap()
    }

    /// Kind and subject of every open duty.
    pub(crate) async fn duties(&self) -> Vec<(String, String)> {
        let duties = sqlx::query_as("select kind, subject from duty order by kind, subject");
        duties.fetch_all(&owner(&self.app.store)).await.unwrap()
    }

    pub(crate) async fn until_no_duty_is_open(&self) {
        wait_until("no duty is open", || async { self.duties().await.is_empty().then_some(()) }).await;
    }

    /// Runs a worker until the condition holds.
    pub(crate) async fn working(&self, intake: &Arc<FakeIntake>, condition: impl Future<Output = ()>) {
        let settings = DutySettings { lease_seconds: 1, concurrency: 4, poll_seconds: 1 };
        let worker = Worker::new(self.app.store.clone(), self.app.clock.clone(), ServiceName::Followup, settings);
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(duties_of(worker, &self.app, intake.clone()).run(shutdown.clone()));
        condition.await;
        shutdown.cancel();
        running.await.unwrap();
    }
}

/// One instant for the whole test binary, so that answers can be compared.
fn closed_at() -> prost_types::Timestamp {
    static CLOSED_AT: std::sync::OnceLock<prost_types::Timestamp> = std::sync::OnceLock::new();
    *CLOSED_AT.get_or_init(|| wire::timestamp(Clock::System.now()))
}

/// The documented defaults, read as a process reads them.
fn default_settings() -> Settings {
    let required = [
        ("database.url", "postgres://followup@db/followup"),
        ("identity.issuer", "https://login.example.org"),
        ("identity.audience", "harborline"),
        ("identity.jwks_file", "/run/jwks.json"),
        ("identity.tls_ca_file", "/run/ca.pem"),
        ("identity.tls_cert_file", "/run/cert.pem"),
        ("identity.tls_key_file", "/run/key.pem"),
        ("audit.signing_key_file", "/run/audit.key"),
    ];
    let variables = required.map(|(key, value)| (variable_name("followup", key), value.to_owned()));
    let loaded: Loaded<Settings> = load(Source::isolated("followup", DEFAULTS, variables)).unwrap();
    loaded.own
}

pub(crate) fn new_id() -> String {
    RequestId::new().to_string()
}

/// A contact that has just closed.
pub(crate) fn closed(
    contact: ContactId,
    participant: Option<ParticipantId>,
    acuity: common::Acuity,
) -> pb::PlanFollowUpsRequest {
    pb::PlanFollowUpsRequest {
        request_id: new_id(),
        contact_id: contact.to_string(),
        participant_id: participant.map(|participant| participant.to_string()).unwrap_or_default(),
        acuity: acuity.into(),
        channel: common::Channel::Phone.into(),
        caller: common::CallerKind::Participant.into(),
        closed_at: Some(closed_at()),
        reachable: true,
        reasons: vec!["asq_acute_positive".to_owned()],
    }
}

/// An attempt of a plan has ended just now.
pub(crate) fn attempt_ended(
    plan: &pb::FollowUpPlan,
    number: i32,
    outcome: pb::AttemptOutcome,
) -> pb::RecordAttemptRequest {
    pb::RecordAttemptRequest {
        request_id: new_id(),
        plan_id: plan.plan_id.clone(),
        number,
        outcome: outcome.into(),
        ended_at: Some(wire::timestamp(Clock::System.now())),
    }
}

/// One outbound contact that intake was asked to open.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) program: ProgramId,
    pub(crate) request_id: RequestId,
    pub(crate) origin: ContactId,
    pub(crate) attempt: i32,
    pub(crate) outbound: ContactId,
}

/// An intake that refuses the first calls, and remembers the others.
#[derive(Default)]
pub(crate) struct FakeIntake {
    refusals: Mutex<u32>,
    opened: Mutex<Vec<Opened>>,
    ended: Mutex<Vec<(RequestId, ContactId)>>,
}

impl FakeIntake {
    pub(crate) fn refusing(calls: u32) -> Self {
        Self { refusals: Mutex::new(calls), ..Self::default() }
    }

    pub(crate) fn opened(&self) -> Vec<Opened> {
        self.opened.lock().unwrap().clone()
    }

    pub(crate) fn ended(&self) -> Vec<ContactId> {
        self.ended.lock().unwrap().iter().map(|(_, contact)| *contact).collect()
    }

    pub(crate) fn ended_request_ids(&self) -> Vec<RequestId> {
        self.ended.lock().unwrap().iter().map(|(request_id, _)| *request_id).collect()
    }

    fn may_refuse(&self) -> Result<(), Status> {
        let mut refusals = self.refusals.lock().unwrap();
        if *refusals == 0 {
            return Ok(());
        }
        *refusals -= 1;
        Err(Status::unavailable("down"))
    }
}

impl IntakePort for FakeIntake {
    fn open_outbound_contact(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        origin: ContactId,
        _plan: PlanId,
        attempt: i32,
    ) -> BoxFuture<'_, Result<ContactId, Status>> {
        Box::pin(async move {
            self.may_refuse()?;
            let outbound = ContactId::new();
            self.opened.lock().unwrap().push(Opened {
                program: scope.program(),
                request_id,
                origin,
                attempt,
                outbound,
            });
            Ok(outbound)
        })
    }

    fn record_follow_ups_ended(
        &self,
        _scope: ProgramScope,
        request_id: RequestId,
        contact: ContactId,
    ) -> BoxFuture<'_, Result<(), Status>> {
        Box::pin(async move {
            self.may_refuse()?;
            self.ended.lock().unwrap().push((request_id, contact));
            Ok(())
        })
    }
}
