//! Triage over a database of its own, and one program.

use std::sync::Arc;

use chrono::TimeDelta;
use harborline_contacts::Contacts;
use harborline_identity::{Call, Role, ServiceName};
use harborline_proto::common::v1 as common;
use harborline_proto::triage::v1::triage_service_server::TriageService;
use harborline_proto::triage::v1::{self as pb, AsqAnswer};
use harborline_testkit::{Database, KnowingHub, counselor, owner, person, request, service, some_program};
use harborline_triage::domain::protocol_file::{BUILT_IN, read};
use harborline_triage::{App, Rpc, Triage};
use harborline_types::{Clock, ContactId, ProgramId, RequestId};
use tonic::Status;

pub(crate) struct Given {
    pub(crate) rpc: Rpc,
    pub(crate) app: Arc<App>,
    pub(crate) program: ProgramId,
    pub(crate) hub: Arc<KnowingHub>,
}

impl Given {
    pub(crate) async fn new() -> Self {
        Self::with_protocol(BUILT_IN).await
    }

    pub(crate) async fn with_protocol(text: &str) -> Self {
        Self::with(text, TimeDelta::minutes(30)).await
    }

    pub(crate) async fn with_lowerings_that_hold(holds: TimeDelta) -> Self {
        Self::with(BUILT_IN, holds).await
    }

    pub(crate) async fn with(text: &str, holds: TimeDelta) -> Self {
        let store = Database::fresh(&<Triage as harborline_service::Role>::schema()).await.store;
        let protocol = read(text).unwrap_or_else(|faults| panic!("{faults:?}"));
        let hub = Arc::new(KnowingHub::default());
        let app = App::new(
            store,
            Clock::System,
            protocol,
            holds,
            Arc::new(crate::report::FakeIntake::default()),
            Contacts::of(hub.clone()),
        );
        Self { rpc: Rpc::new(app.clone()), app, program: some_program(), hub }
    }

    pub(crate) fn intake(&self) -> Call {
        service(self.program, ServiceName::Intake)
    }

    pub(crate) fn ana(&self) -> Call {
        counselor(self.program, "ana")
    }

    /// A supervisor.
    pub(crate) fn sam(&self) -> Call {
        person(self.program, "sam", &[Role::Supervisor])
    }

    pub(crate) async fn assess(&self, message: pb::AssessContactRequest) -> Result<common::Assessment, Status> {
        let answer = self.rpc.assess_contact(request(&self.intake(), message)).await?;
        Ok(answer.into_inner().assessment.unwrap())
    }

    pub(crate) async fn screen(
        &self,
        message: pb::RecordScreeningRequest,
    ) -> Result<pb::RecordScreeningResponse, Status> {
        Ok(self.rpc.record_screening(request(&self.ana(), message)).await?.into_inner())
    }

    pub(crate) async fn screen_as_supervisor(
        &self,
        message: pb::RecordScreeningRequest,
    ) -> Result<pb::RecordScreeningResponse, Status> {
        Ok(self.rpc.record_screening(request(&self.sam(), message)).await?.into_inner())
    }

    pub(crate) async fn judge(&self, message: pb::JudgeAcuityRequest) -> Result<common::Assessment, Status> {
        let answer = self.rpc.judge_acuity(request(&self.ana(), message)).await?;
        Ok(answer.into_inner().assessment.unwrap())
    }

    pub(crate) async fn newest(&self, contact: ContactId) -> Result<common::Assessment, Status> {
        let message = pb::GetAssessmentRequest { contact_id: contact.to_string() };
        let answer = self.rpc.get_assessment(request(&self.ana(), message)).await?;
        Ok(answer.into_inner().assessment.unwrap())
    }

    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&owner(&self.app.store)).await.unwrap()
    }
}

pub(crate) fn new_id() -> String {
    RequestId::new().to_string()
}

pub(crate) fn facts(contact: ContactId, signals: &[common::Signal]) -> pb::AssessContactRequest {
    pb::AssessContactRequest {
        request_id: new_id(),
        contact_id: contact.to_string(),
        channel: common::Channel::Message.into(),
        caller: common::CallerKind::Participant.into(),
        language: "es".to_owned(),
        jurisdiction: "US-VA".to_owned(),
        signals: signals.iter().map(|signal| i32::from(*signal)).collect(),
        self_screening: None,
        carried_acuity: 0,
    }
}

pub(crate) fn answers(first_four: AsqAnswer, fifth: AsqAnswer) -> pb::AsqAnswers {
    let answer = first_four.into();
    pb::AsqAnswers {
        wished_dead: answer,
        better_off_dead: answer,
        thoughts_past_week: answer,
        ever_tried: answer,
        thoughts_now: fifth.into(),
    }
}

pub(crate) fn screening(contact: ContactId, first_four: AsqAnswer, fifth: AsqAnswer) -> pb::RecordScreeningRequest {
    let asq = Some(answers(first_four, fifth));
    pb::RecordScreeningRequest { request_id: new_id(), contact_id: contact.to_string(), asq }
}

pub(crate) fn judgment(contact: ContactId, acuity: common::Acuity) -> pb::JudgeAcuityRequest {
    pb::JudgeAcuityRequest {
        request_id: new_id(),
        contact_id: contact.to_string(),
        acuity: acuity.into(),
        reason: String::new(),
    }
}

pub(crate) fn says_why(request: pb::JudgeAcuityRequest) -> pb::JudgeAcuityRequest {
    pb::JudgeAcuityRequest { reason: "spoke with the participant and a parent".to_owned(), ..request }
}
