//! What intake is told.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use harborline_config::DutySettings;
use harborline_duties::Worker;
use harborline_identity::{ProgramScope, ServiceName};
use harborline_proto::common::v1 as common;
use harborline_proto::triage::v1::AsqAnswer;
use harborline_testkit::wait_until;
use harborline_triage::domain::assessment::Assessment;
use harborline_triage::ports::IntakePort;
use harborline_triage::{App, duties};
use harborline_types::{ContactId, LoweringId, ProgramId, RequestId};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::fixture::{Given, facts, judgment, says_why, screening};

/// An intake that refuses the first call and remembers what it was told.
#[derive(Default)]
pub(crate) struct FakeIntake {
    calls: Mutex<Vec<(ProgramId, RequestId, Assessment)>>,
    /// Lowerings in the order of what it was told, and whether they wait.
    lowerings: Mutex<Vec<(LoweringId, bool)>>,
    refusals: Mutex<u32>,
}

#[tonic::async_trait]
impl IntakePort for FakeIntake {
    async fn record_assessment(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        assessment: Assessment,
    ) -> Result<(), Status> {
        let mut refusals = self.refusals.lock().unwrap();
        if *refusals > 0 {
            *refusals -= 1;
            return Err(Status::unavailable("down"));
        }
        self.calls.lock().unwrap().push((scope.program(), request_id, assessment));
        Ok(())
    }

    async fn record_lowering(
        &self,
        _: &ProgramScope,
        _: RequestId,
        _: ContactId,
        lowering: LoweringId,
        is_pending: bool,
    ) -> Result<(), Status> {
        self.lowerings.lock().unwrap().push((lowering, is_pending));
        Ok(())
    }
}

#[tokio::test]
async fn intake_is_told_the_newest_assessment_also_when_it_was_down() {
    let given = Given::new().await;
    let intake = Arc::new(FakeIntake { refusals: Mutex::new(1), ..Default::default() });
    let (assessed, contact) = (ContactId::new(), ContactId::new());
    given.assess(facts(assessed, &[common::Signal::Overdose])).await.unwrap();
    assert_eq!(given.count("select count(*) from duty").await, 0, "whoever asks for an assessment has it");
    given.screen(screening(contact, AsqAnswer::Yes, AsqAnswer::No)).await.unwrap();
    given.judge(judgment(contact, common::Acuity::Emergency)).await.unwrap();

    work_until_nothing_is_owed(&given, &intake).await;

    let calls = intake.calls.lock().unwrap();
    let (program, request_id, assessment) = calls.last().unwrap();
    assert_eq!((*program, assessment.contact, assessment.sequence), (given.program, contact, 2));
    assert_eq!(*request_id, RequestId::derived("RecordAssessment", format_args!("{contact}/2")));
    assert_eq!(calls.len(), 1);
}

/// Does what triage owes, until it owes nothing.
async fn work_until_nothing_is_owed(given: &Given, intake: &Arc<FakeIntake>) {
    let settings = DutySettings { lease_seconds: 1, concurrency: 4, poll_seconds: 1 };
    let worker = Worker::new(given.app.store.clone(), given.app.clock.clone(), ServiceName::Triage, settings);
    let app = Arc::new(App { intake: intake.clone(), ..App::clone(&given.app) });
    let shutdown = CancellationToken::new();
    let working = tokio::spawn(duties::register(worker, &app).run(shutdown.clone()));
    let owes_nothing = || async { (given.count("select count(*) from duty").await == 0).then_some(()) };
    wait_until("nothing is owed any more", owes_nothing).await;
    shutdown.cancel();
    working.await.unwrap();
}

#[tokio::test]
async fn intake_is_told_of_a_lowering_that_waits_and_when_it_waits_no_more() {
    let given = Given::new().await;
    let intake = Arc::new(FakeIntake::default());
    let contact = ContactId::new();
    given.assess(facts(contact, &[common::Signal::SuicidalThoughts])).await.unwrap();
    let overtaken = given.propose(says_why(judgment(contact, common::Acuity::Moderate))).await;
    let confirmed = given.propose(says_why(judgment(contact, common::Acuity::Routine))).await;
    let told = || intake.lowerings.lock().unwrap().clone();
    let working = async { work_until_nothing_is_owed(&given, &intake).await };
    let confirming = async {
        wait_until("intake knows of both", || async { (told().len() == 2).then_some(()) }).await;
        assert!(told().contains(&(overtaken, false)) && told().contains(&(confirmed, true)), "{:?}", told());
        assert_eq!(intake.calls.lock().unwrap().len(), 0, "no assessment has changed");
        given.confirm(&given.sam(), confirmed).await.unwrap();
    };
    tokio::join!(working, confirming);
    assert_eq!(told()[2..], [(confirmed, false)]);
    assert_eq!(intake.calls.lock().unwrap().len(), 1, "the lowered assessment");
}

#[tokio::test]
async fn intake_is_told_when_nobody_has_confirmed_a_lowering_in_time() {
    let given = Given::with_lowerings_that_hold(TimeDelta::seconds(2)).await;
    let intake = Arc::new(FakeIntake::default());
    let contact = ContactId::new();
    given.assess(facts(contact, &[common::Signal::SuicidalThoughts])).await.unwrap();
    let lowering = given.propose(says_why(judgment(contact, common::Acuity::Routine))).await;
    work_until_nothing_is_owed(&given, &intake).await;
    assert_eq!(intake.lowerings.lock().unwrap().last(), Some(&(lowering, false)));
}
