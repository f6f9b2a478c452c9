//! What the tests begin with: followup over a fresh database.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use harborline_config::{DutySettings, Loaded, Source, load, variable_name};
use harborline_contacts::Contacts;
use harborline_duties::Worker;
use harborline_followup::{App, DEFAULTS, Followup, Rpc, Settings, duties};
use harborline_identity::{Call, Role, ServiceName};
use harborline_proto::common::v1 as common;
use harborline_proto::followup::v1 as pb;
use harborline_proto::followup::v1::follow_up_service_server::FollowUpService;
use harborline_testkit::{Database, KnowingHub, owner, person, request, service, some_program, wait_until};
use harborline_types::{Clock, ContactId, DevelopmentClock, ParticipantId, ProgramId, RequestId, wire};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::intake::FakeIntake;

/// Followup with its documented defaults, and one program.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) rpc: Rpc,
    pub(crate) app: Arc<App>,
    pub(crate) hub: Arc<KnowingHub>,
    pub(crate) program: ProgramId,
    pub(crate) hours_ago: i64,
}

impl Given {
    /// Contacts have just closed.
    pub(crate) async fn new() -> Self {
        Self::closed_hours_ago(0).await
    }

    /// Contacts of [`Given::of_closing`] closed so many hours ago.
    pub(crate) async fn closed_hours_ago(hours_ago: i64) -> Self {
        let store = Database::fresh(&<Followup as harborline_service::Role>::schema()).await.store;
        let schedules = default_settings().followup.schedules();
        let hub = Arc::new(KnowingHub::default());
        let intake = Arc::new(FakeIntake::default());
        let app = App::new(store, Clock::System, schedules, intake, Contacts::of(hub.clone()));
        Self { rpc: Rpc::new(app.clone()), app, hub, program: some_program(), hours_ago }
    }

    /// The same followup, so many hours later.
    pub(crate) fn later(&self, hours: i64) -> Self {
        let start_real = Clock::System.now();
        let start = start_real + TimeDelta::hours(hours);
        let clock = Clock::Development(DevelopmentClock { start_real, start, speed: 1.0 });
        let app = Arc::new(App { clock, ..App::clone(&self.app) });
        Self { rpc: Rpc::new(app.clone()), app, ..self.clone() }
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

    /// An attempt of a plan has ended just now.
    pub(crate) async fn ends(
        &self,
        plan: &pb::FollowUpPlan,
        number: i32,
        outcome: pb::AttemptOutcome,
    ) -> pb::FollowUpPlan {
        let ended_at = Some(wire::timestamp(self.app.clock.now()));
        self.record(pb::RecordAttemptRequest { ended_at, ..attempt_ended(plan, number, outcome) }).await.unwrap()
    }

    pub(crate) async fn stop(&self, message: pb::StopFollowUpsRequest) -> Result<pb::FollowUpPlan, Status> {
        let answer = self.rpc.stop_follow_ups(request(&self.intake(), message)).await?;
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

    /// Kind and subject of every open duty.
    pub(crate) async fn duties(&self) -> Vec<(String, String)> {
        let duties = sqlx::query_as("select kind, subject from duty order by kind, subject");
        duties.fetch_all(&owner(&self.app.store)).await.unwrap()
    }

    /// The instant at which the duty of a kind is due, in seconds.
    pub(crate) async fn due(&self, kind: &str) -> i64 {
        let due = sqlx::query_scalar("select floor(extract(epoch from due_at))::bigint from duty where kind = $1");
        due.bind(kind).fetch_one(&owner(&self.app.store)).await.unwrap()
    }

    /// Runs a worker until no duty is due.
    pub(crate) async fn catch_up(&self, intake: &Arc<FakeIntake>) {
        let is_done = || async {
            let due = sqlx::query_scalar("select count(*) from duty where due_at <= $1").bind(self.app.clock.now());
            let due: i64 = due.fetch_one(&owner(&self.app.store)).await.unwrap();
            (due == 0).then_some(())
        };
        self.working(intake, wait_until("no duty is due", is_done)).await;
    }

    /// Runs a worker until the condition holds.
    pub(crate) async fn working(&self, intake: &Arc<FakeIntake>, condition: impl Future<Output = ()>) {
        let settings = DutySettings { lease_seconds: 1, concurrency: 4, poll_seconds: 1 };
        let worker = Worker::new(self.app.store.clone(), self.app.clock.clone(), ServiceName::Followup, settings);
        let app = Arc::new(App { intake: intake.clone(), ..App::clone(&self.app) });
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(duties::register(worker, &app).run(shutdown.clone()));
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

/// Whatever a test asks later is newer.
static NEWEST: AtomicI64 = AtomicI64::new(1);

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
        sequence: NEWEST.fetch_add(1, Ordering::Relaxed),
        ending: pb::ContactEnding::Closed.into(),
        again: false,
        returned_contact_id: String::new(),
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
