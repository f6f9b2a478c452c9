//! One program with its people, over a database of its own.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use harborline_config::DutySettings;
use harborline_duties::Worker;
use harborline_identity::{Call, Role, ServiceName};
use harborline_intake::ports::ContactEnded;
use harborline_intake::{App, DecisionTimes, Intake, Ports, Rpc, duties};
use harborline_proto::common::v1 as common;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::decision_service_server::DecisionService;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_runtime::StreamAge;
use harborline_store::Store;
use harborline_testkit::{Database, owner, person, request, service, some_program, wait_until};
use harborline_types::{Clock, ProgramId, RequestId};
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};

use crate::neighbors::Neighbors;
use crate::pages::Pages;

pub(crate) struct Given {
    pub(crate) store: Store,
    pub(crate) rpc: Rpc,
    pub(crate) app: Arc<App>,
    pub(crate) neighbors: Arc<Neighbors>,
    pub(crate) pages: Arc<Pages>,
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
        callback_number: "+12025550100".to_owned(),
        ..pb::OpenContactRequest::default()
    }
}

/// That the caller of a contact has left.
pub(crate) fn leaving(contact_id: &str) -> pb::LeaveContactRequest {
    pb::LeaveContactRequest { request_id: id(), contact_id: contact_id.to_owned(), channel: 0 }
}

/// A program to put, as somebody who says nothing of Part 2.
pub(crate) fn put_request() -> pb::PutProgramRequest {
    pb::PutProgramRequest {
        request_id: id(),
        name: "Harbor IOP".to_owned(),
        clinical_director: Some(somebody("director")),
        backup_line: "988".to_owned(),
        backup_text_line: "988".to_owned(),
        part2_program: None,
        etag: String::new(),
        same_caller_within: None,
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
        care_brief: Some(pb::CareBrief { goals: vec!["one day at a time".to_owned()], ..pb::CareBrief::default() }),
        profile: None,
        safety_plan: vec![draft(pb::SafetyPlanSection::WarningSigns, "not sleeping")],
    }
}

/// An entry of a safety plan.
pub(crate) fn draft(section: pb::SafetyPlanSection, text: &str) -> pb::SafetyPlanDraft {
    let words = pb::SafetyPlanWords { text: text.to_owned(), ..pb::SafetyPlanWords::default() };
    pb::SafetyPlanDraft { section: section.into(), words: Some(words) }
}

impl Given {
    /// A program that is set up, with a supervisor on call.
    pub(crate) async fn new() -> Self {
        let given = Self::without_program().await;
        given.put_program().await;
        given.put_supervisor("supervisor", 1).await;
        given
    }

    pub(crate) async fn without_program() -> Self {
        let store = Database::fresh(&<Intake as harborline_service::Role>::schema()).await.store;
        let neighbors = Arc::new(Neighbors::default());
        let records = ServiceName::ALL.iter().filter(|name| **name != ServiceName::Intake);
        let records =
            records.map(|name| (*name, neighbors.clone() as Arc<dyn harborline_audit::RecordsPort>)).collect();
        let ports = Ports {
            triage: neighbors.clone(),
            availability: neighbors.clone(),
            follow_up: neighbors.clone(),
            referral: neighbors.clone(),
            records,
        };
        let streams = StreamAge::new(Duration::from_secs(60), CancellationToken::new());
        let pages = Arc::new(Pages::default());
        let times = DecisionTimes { decide_within: TimeDelta::minutes(15), page_again_after: TimeDelta::minutes(5) };
        let app = App::new(store.clone(), Clock::System, ports, pages.clone(), times, streams);
        Self { store, rpc: Rpc::new(app.clone()), app, neighbors, pages, program: some_program() }
    }

    /// Another program on the same service.
    pub(crate) fn elsewhere(&self) -> Self {
        Self {
            store: self.store.clone(),
            rpc: self.rpc.clone(),
            app: self.app.clone(),
            neighbors: self.neighbors.clone(),
            pages: self.pages.clone(),
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
        let given = Self::new().await;
        given.put_program_with(true).await;
        given
    }

    async fn put_program_with(&self, part2_program: bool) -> pb::Program {
        self.put(pb::PutProgramRequest { part2_program: Some(part2_program), ..put_request() }).await.unwrap()
    }

    pub(crate) async fn put_program_within(
        &self,
        same_caller_within: Option<prost_types::Duration>,
    ) -> Result<pb::Program, Status> {
        self.put(pb::PutProgramRequest { same_caller_within, ..put_request() }).await
    }

    pub(crate) async fn put(&self, message: pb::PutProgramRequest) -> Result<pb::Program, Status> {
        let answer = self.rpc.put_program(request(&self.as_("admin", Role::Administrator), message)).await?;
        Ok(answer.into_inner().program.unwrap())
    }

    pub(crate) async fn enroll(&self, number: &str) -> String {
        self.enroll_with(enroll_request(number)).await.unwrap()
    }

    pub(crate) async fn enroll_with(&self, message: pb::EnrollParticipantRequest) -> Result<String, Status> {
        let call = self.as_("admin", Role::Administrator);
        Ok(self.rpc.enroll_participant(request(&call, message)).await?.into_inner().participant_id)
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

    /// The owners, in order, "" for nobody, and whether the last one is somebody.
    pub(crate) async fn owners(&self, contact_id: &str) -> (Vec<String>, bool) {
        let message = pb::ListCustodyRequest { contact_id: contact_id.to_owned() };
        let call = self.as_("supervisor", Role::Supervisor);
        let custody = self.rpc.list_custody(request(&call, message)).await.unwrap().into_inner().custody;
        for pair in custody.windows(2) {
            assert_eq!((pair[0].until, pair[0].sequence + 1), (pair[1].since, pair[1].sequence));
        }
        let last = custody.last().unwrap();
        assert!(last.until.is_none(), "the ledger has no end");
        let is_somebodys = last.role() != pb::OwnerRole::Nobody;
        let owners = custody.into_iter().map(|interval| interval.owner.unwrap_or_default().person_id);
        (owners.collect(), is_somebodys)
    }

    pub(crate) async fn leave(&self, contact_id: &str) -> Result<pb::Contact, Status> {
        let answer = self.rpc.leave_contact(request(&self.front_end(), leaving(contact_id))).await?;
        Ok(answer.into_inner().contact.unwrap())
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
        self.close_with(by, self.closing(contact_id, outcome)).await
    }

    /// A request to close a contact.
    pub(crate) fn closing(&self, contact_id: &str, outcome: pb::Outcome) -> pb::CloseContactRequest {
        pb::CloseContactRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            outcome: outcome.into(),
            note: "talked".to_owned(),
        }
    }

    pub(crate) async fn close_with(&self, by: &Call, message: pb::CloseContactRequest) -> Result<pb::Contact, Status> {
        let answer = self.rpc.close_contact(request(by, message)).await;
        answer.map(Response::into_inner).map(|answer| answer.contact.unwrap())
    }

    /// A contact that Ana has answered, talked through and closed.
    pub(crate) async fn closed(&self, contact_id: &str) {
        self.closed_as(contact_id, pb::Outcome::Resolved).await;
    }

    /// A contact that Ana has answered, and closed with an outcome.
    pub(crate) async fn closed_as(&self, contact_id: &str, outcome: pb::Outcome) {
        assert!(self.assign(contact_id, "ana", 1).await);
        self.ana_closes(contact_id, outcome).await;
    }

    /// A contact that Ana has, closed with an outcome.
    pub(crate) async fn ana_closes(&self, contact_id: &str, outcome: pb::Outcome) {
        let ana = self.as_("ana", Role::Counselor);
        let assessment = self.contact(contact_id).await.assessment.unwrap();
        let duties = assessment.closing_duties().filter(|duty| *duty != common::ClosingDuty::ScreenComplete);
        self.complete(&ana, contact_id, &duties.collect::<Vec<_>>()).await.unwrap();
        self.close(&ana, contact_id, outcome).await.unwrap();
    }

    /// What supervisors must decide now.
    pub(crate) async fn to_decide(&self) -> Vec<pb::Decision> {
        let message = pb::ListDecisionsRequest { open_only: true, ..pb::ListDecisionsRequest::default() };
        let call = self.as_("supervisor", Role::Supervisor);
        self.rpc.list_decisions(request(&call, message)).await.unwrap().into_inner().decisions
    }

    pub(crate) async fn make_decision(&self, decision_id: &str, verdict: pb::Verdict) -> Result<pb::Decision, Status> {
        self.make_decision_as(&self.as_("supervisor", Role::Supervisor), decision_id, verdict).await
    }

    pub(crate) async fn make_decision_as(
        &self,
        by: &Call,
        decision_id: &str,
        verdict: pb::Verdict,
    ) -> Result<pb::Decision, Status> {
        let message = pb::MakeDecisionRequest {
            request_id: id(),
            decision_id: decision_id.to_owned(),
            verdict: verdict.into(),
            reason: "as agreed with the care team".to_owned(),
        };
        let answer = self.rpc.make_decision(request(by, message)).await?;
        Ok(answer.into_inner().decision.unwrap())
    }

    /// Lets the duties be fulfilled until none is open but those that wait for a later time.
    pub(crate) async fn settle(&self) {
        self.working(wait_until("no duty is open", || async { self.open_duties().await.is_empty().then_some(()) }))
            .await;
    }

    /// Lets the duties be fulfilled until the condition holds.
    pub(crate) async fn working<T>(&self, condition: impl Future<Output = T>) -> T {
        let settings = DutySettings { lease_seconds: 5, concurrency: 8, poll_seconds: 1 };
        let shutdown = CancellationToken::new();
        let worker = Worker::new(self.store.clone(), Clock::System, ServiceName::Intake, settings);
        let running = tokio::spawn(duties::register(worker, &self.app).run(shutdown.clone()));
        let found = condition.await;
        shutdown.cancel();
        running.await.unwrap();
        found
    }

    /// The kinds of the open duties, in alphabetical order.
    pub(crate) async fn open_duties(&self) -> Vec<String> {
        let open = "select kind from duty
            where not (kind in ('page', 'referral-made') and due_at > clock_timestamp()) order by kind";
        sqlx::query_scalar(open).fetch_all(&owner(&self.store)).await.unwrap()
    }

    /// The follow-ups that were planned.
    pub(crate) fn planned(&self) -> Vec<ContactEnded> {
        self.neighbors.planned.all()
    }
}
