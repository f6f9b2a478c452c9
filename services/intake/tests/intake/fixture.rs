//! One program with its people, over a database of its own.

use std::sync::Arc;
use std::time::Duration;

use harborline_config::DutySettings;
use harborline_identity::{Call, Role, ServiceName};
use harborline_intake::{App, Intake, IntakeRpc, Ports, worker};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::mesh_service_server::MeshService;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_proto::{common::v1 as common, followup::v1 as followup};
use harborline_runtime::StreamAge;
use harborline_store::Store;
use harborline_testkit::{Database, owner, person, request, service, some_program, wait_until};
use harborline_types::{Clock, FacilityId, ProgramId, ReferralId, RequestId};
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};

use crate::neighbors::Neighbors;

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) rpc: IntakeRpc,
    pub(crate) app: Arc<App>,
    pub(crate) neighbors: Arc<Neighbors>,
    pub(crate) program: ProgramId,
}

/// A new request id.
pub(crate) fn id() -> String {
    RequestId::new().to_string()
}

/// Somebody on staff.
pub(crate) fn somebody(id: &str) -> pb::Person {
    pb::Person { person_id: id.to_owned(), name: format!("Name of {id}") }
}

/// An unknown caller on the phone.
pub(crate) fn open_request() -> pb::OpenContactRequest {
    pb::OpenContactRequest {
        request_id: id(),
        channel: common::Channel::Phone.into(),
        caller: common::CallerKind::Unknown.into(),
        callback_number: "+15550100".to_owned(),
        ..pb::OpenContactRequest::default()
    }
}

/// A participant to enroll.
pub(crate) fn enroll_request(number: &str) -> pb::EnrollParticipantRequest {
    pb::EnrollParticipantRequest {
        request_id: id(),
        name: "participant-1".to_owned(),
        dedicated_number: number.to_owned(),
        verification_phrase: "blue heron at dawn".to_owned(),
        language: "es".to_owned(),
        jurisdiction: "US-VA".to_owned(),
        responsible_clinician: Some(somebody("clinician")),
        care_brief: Some(pb::CareBrief {
            goals: vec!["one day at a time".to_owned()],
            safety_plan: Some(pb::SafetyPlan {
                warning_signs: vec!["not sleeping".to_owned()],
                ..pb::SafetyPlan::default()
            }),
            ..pb::CareBrief::default()
        }),
    }
}

impl Fixture {
    /// A program that is set up, with a supervisor on call.
    pub(crate) async fn new() -> Self {
        let fixture = Self::without_program().await;
        fixture.put_program().await;
        fixture.put_supervisor("supervisor", 1).await;
        fixture
    }

    pub(crate) async fn without_program() -> Self {
        let store = Database::fresh(&<Intake as harborline_service::Role>::schema()).await.store;
        let neighbors = Arc::new(Neighbors::default());
        let records = ServiceName::ALL.iter().filter(|name| **name != ServiceName::Intake);
        let records =
            records.map(|name| (*name, neighbors.clone() as Arc<dyn harborline_intake::RecordsPort>)).collect();
        let ports = Ports {
            triage: neighbors.clone(),
            availability: neighbors.clone(),
            follow_up: neighbors.clone(),
            referral: neighbors.clone(),
            records,
        };
        let streams = StreamAge::new(Duration::from_secs(60), CancellationToken::new());
        let app = App::new(store.clone(), Clock::System, ports, streams);
        Self { store, rpc: IntakeRpc::new(app.clone()), app, neighbors, program: some_program() }
    }

    /// Another program on the same service.
    pub(crate) fn elsewhere(&self) -> Self {
        Self {
            store: self.store.clone(),
            rpc: self.rpc.clone(),
            app: self.app.clone(),
            neighbors: self.neighbors.clone(),
            program: some_program(),
        }
    }

    /// A caller with a role.
    pub(crate) fn as_(&self, id: &str, role: Role) -> Call {
        person(self.program, id, &[role])
    }

    pub(crate) fn as_service(&self, name: ServiceName) -> Call {
        service(self.program, name)
    }

    pub(crate) fn front_end(&self) -> Call {
        self.as_("front-end", Role::FrontEnd)
    }

    pub(crate) async fn put_program(&self) -> pb::Program {
        self.put_program_with(false).await
    }

    /// A program that is under 42 CFR Part 2.
    pub(crate) async fn part2() -> Self {
        let fixture = Self::new().await;
        fixture.put_program_with(true).await;
        fixture
    }

    async fn put_program_with(&self, part2_program: bool) -> pb::Program {
        let message = pb::PutProgramRequest {
            request_id: id(),
            name: "Harbor IOP".to_owned(),
            clinical_director: Some(somebody("director")),
            backup_line: "988".to_owned(),
            part2_program,
        };
        let answer = self.rpc.put_program(request(&self.as_("admin", Role::Administrator), message)).await.unwrap();
        answer.into_inner().program.unwrap()
    }

    pub(crate) async fn put_supervisor(&self, who: &str, sequence: i64) {
        let message = pb::RecordSupervisorOnCallRequest { request_id: id(), supervisor: Some(somebody(who)), sequence };
        let call = self.as_service(ServiceName::Availability);
        self.rpc.record_supervisor_on_call(request(&call, message)).await.unwrap();
    }

    pub(crate) async fn enroll(&self, number: &str) -> String {
        let call = self.as_("admin", Role::Administrator);
        let answer = self.rpc.enroll_participant(request(&call, enroll_request(number))).await.unwrap();
        answer.into_inner().participant_id
    }

    /// A contact of an unknown caller; its id.
    pub(crate) async fn open(&self) -> String {
        self.open_with(open_request()).await.contact_id
    }

    /// A contact of a participant; its id.
    pub(crate) async fn open_for(&self, participant: &str) -> String {
        let caller = common::CallerKind::Participant.into();
        let participant_id = participant.to_owned();
        self.open_with(pb::OpenContactRequest { caller, participant_id, ..open_request() }).await.contact_id
    }

    pub(crate) async fn open_with(&self, message: pb::OpenContactRequest) -> pb::Contact {
        let answer = self.rpc.open_contact(request(&self.front_end(), message)).await.unwrap();
        answer.into_inner().contact.unwrap()
    }

    pub(crate) async fn contact(&self, contact_id: &str) -> pb::Contact {
        let message = pb::GetContactRequest { contact_id: contact_id.to_owned() };
        let answer = self.rpc.get_contact(request(&self.front_end(), message)).await.unwrap();
        answer.into_inner().contact.unwrap()
    }

    /// The owners, in order, and whether the last interval is open.
    pub(crate) async fn owners(&self, contact_id: &str) -> (Vec<String>, bool) {
        let message = pb::ListCustodyRequest { contact_id: contact_id.to_owned() };
        let call = self.as_("supervisor", Role::Supervisor);
        let custody = self.rpc.list_custody(request(&call, message)).await.unwrap().into_inner().custody;
        for pair in custody.windows(2) {
            assert_eq!((pair[0].until, pair[0].sequence + 1), (pair[1].since, pair[1].sequence));
        }
        let open = custody.last().is_some_and(|last| last.until.is_none());
        (custody.into_iter().map(|interval| interval.owner.unwrap().person_id).collect(), open)
    }

    pub(crate) async fn assign(&self, contact_id: &str, counselor: &str, assignment: i32) -> bool {
        let message = pb::RecordAssignmentRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            counselor: Some(somebody(counselor)),
            assignment,
            accepted_at: Some(harborline_types::wire::timestamp(Clock::System.now())),
        };
        let call = self.as_service(ServiceName::Availability);
        self.rpc.record_assignment(request(&call, message)).await.unwrap().into_inner().engaged
    }

    pub(crate) async fn lose(&self, contact_id: &str, assignment: i32) {
        let message =
            pb::RecordCounselorLostRequest { request_id: id(), contact_id: contact_id.to_owned(), assignment };
        let call = self.as_service(ServiceName::Availability);
        self.rpc.record_counselor_lost(request(&call, message)).await.unwrap();
    }

    pub(crate) async fn hand_off(&self, contact_id: &str) {
        let message = pb::RecordHandOffRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            reason: "no_counselor_in_time".to_owned(),
            waited: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
        };
        let call = self.as_service(ServiceName::Availability);
        self.rpc.record_hand_off(request(&call, message)).await.unwrap();
    }

    pub(crate) async fn leave(&self, contact_id: &str) -> Result<pb::Contact, Status> {
        let message = pb::LeaveContactRequest { request_id: id(), contact_id: contact_id.to_owned() };
        let answer = self.rpc.leave_contact(request(&self.front_end(), message)).await?;
        Ok(answer.into_inner().contact.unwrap())
    }

    pub(crate) async fn assess(&self, assessment: common::Assessment) {
        let message = pb::RecordAssessmentRequest { request_id: id(), assessment: Some(assessment) };
        self.rpc.record_assessment(request(&self.as_service(ServiceName::Triage), message)).await.unwrap();
    }

    pub(crate) async fn accept_referral(&self, contact_id: &str) {
        let message = pb::RecordReferralAcceptedRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            referral_id: ReferralId::new().to_string(),
            facility_id: FacilityId::new().to_string(),
            owner: Some(somebody("clinic-nurse")),
        };
        let call = self.as_service(ServiceName::Referral);
        self.rpc.record_referral_accepted(request(&call, message)).await.unwrap();
    }

    pub(crate) async fn end_follow_ups(&self, contact_id: &str) {
        let message = pb::RecordFollowUpsEndedRequest { request_id: id(), contact_id: contact_id.to_owned() };
        let call = self.as_service(ServiceName::Followup);
        self.rpc.record_follow_ups_ended(request(&call, message)).await.unwrap();
    }

    pub(crate) async fn open_outbound(&self, origin: &str, plan: &str, attempt: i32) -> String {
        let message = pb::OpenOutboundContactRequest {
            request_id: id(),
            origin_contact_id: origin.to_owned(),
            follow_up_plan_id: plan.to_owned(),
            attempt,
        };
        let call = self.as_service(ServiceName::Followup);
        self.rpc.open_outbound_contact(request(&call, message)).await.unwrap().into_inner().contact_id
    }

    pub(crate) async fn complete(
        &self,
        by: &Call,
        contact_id: &str,
        duties: &[common::ClosingDuty],
    ) -> Result<pb::Contact, Status> {
        let message = pb::CompleteClosingDutyRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            closing_duties: duties.iter().map(|duty| (*duty).into()).collect(),
        };
        let answer = self.rpc.complete_closing_duty(request(by, message)).await;
        answer.map(|answer| answer.into_inner().contact.unwrap())
    }

    pub(crate) async fn close(&self, by: &Call, contact_id: &str, outcome: pb::Outcome) -> Result<pb::Contact, Status> {
        let message = pb::CloseContactRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            outcome: outcome.into(),
            note: "talked".to_owned(),
        };
        let answer = self.rpc.close_contact(request(by, message)).await;
        answer.map(Response::into_inner).map(|answer| answer.contact.unwrap())
    }

    /// A contact that Ana has answered and closed after a broken line.
    pub(crate) async fn closed(&self, contact_id: &str) {
        assert!(self.assign(contact_id, "ana", 1).await);
        let ana = self.as_("ana", Role::Counselor);
        self.complete(&ana, contact_id, &[common::ClosingDuty::ReasonCoded]).await.unwrap();
        self.close(&ana, contact_id, pb::Outcome::Disconnected).await.unwrap();
    }

    /// Lets the duties be fulfilled until none is open.
    pub(crate) async fn settle(&self) {
        self.working(wait_until("no duty is open", || async { self.open_duties().await.is_empty().then_some(()) }))
            .await;
    }

    /// Lets the duties be fulfilled until the condition holds.
    pub(crate) async fn working<T>(&self, condition: impl Future<Output = T>) -> T {
        let settings = DutySettings { lease_seconds: 5, concurrency: 8, poll_seconds: 1 };
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(worker(&self.app, settings).run(shutdown.clone()));
        let found = condition.await;
        shutdown.cancel();
        running.await.unwrap();
        found
    }

    /// The kinds of the open duties, in alphabetical order.
    pub(crate) async fn open_duties(&self) -> Vec<String> {
        sqlx::query_scalar("select kind from duty order by kind").fetch_all(&owner(&self.store)).await.unwrap()
    }

    /// The follow-ups that were planned.
    pub(crate) fn planned(&self) -> Vec<followup::PlanFollowUpsRequest> {
        self.neighbors.asked("PlanFollowUps")
    }
}
