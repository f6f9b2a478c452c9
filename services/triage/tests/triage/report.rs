//! What intake is told.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use harborline_config::DutySettings;
use harborline_duties::Worker;
use harborline_identity::{ProgramScope, ServiceName};
use harborline_proto::common::v1 as common;
use harborline_proto::triage::v1::AsqAnswer;
use harborline_testkit::wait_until;
use harborline_triage::domain::assessment::Assessment;
use harborline_triage::duties;
use harborline_triage::ports::IntakePort;
use harborline_types::{Clock, ContactId, ProgramId, RequestId};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{Given, facts, judgment, screening};

/// An intake that refuses the first call and remembers what it was told.
#[derive(Default)]
struct FakeIntake {
    calls: Mutex<Vec<(ProgramId, RequestId, Assessment)>>,
    refusals: Mutex<u32>,
}

impl IntakePort for FakeIntake {
    fn record_assessment(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        assessment: Assessment,
    ) -> BoxFuture<'_, Result<(), Status>> {
        Box::pin(async move {
            let mut refusals = self.refusals.lock().unwrap();
            if *refusals > 0 {
                *refusals -= 1;
                return Err(Status::unavailable("down"));
            }
            self.calls.lock().unwrap().push((scope.program(), request_id, assessment));
            Ok(())
        })
    }
}

#[tokio::test]
async fn intake_is_told_the_newest_assessment_also_when_it_was_down() {
    let given = Given::fresh().await;
    let intake = Arc::new(FakeIntake { refusals: Mutex::new(1), ..Default::default() });
    let (assessed, contact) = (ContactId::new(), ContactId::new());
    given.assess(facts(assessed, &[common::Signal::Overdose])).await.unwrap();
    assert_eq!(given.count("select count(*) from duty").await, 0, "whoever asks for an assessment has it");
    given.screen(screening(contact, AsqAnswer::Yes, AsqAnswer::No)).await.unwrap();
    given.judge(judgment(contact, common::Acuity::Emergency)).await.unwrap();

    let settings = DutySettings { lease_seconds: 1, concurrency: 4, poll_seconds: 1 };
    let worker = Worker::new(given.app.store.clone(), Clock::System, ServiceName::Triage, settings);
    let shutdown = CancellationToken::new();
    let working = tokio::spawn(duties(worker, &given.app, intake.clone()).run(shutdown.clone()));
    wait_until("the report is made", || async { (given.count("select count(*) from duty").await == 0).then_some(()) })
        .await;
    shutdown.cancel();
    working.await.unwrap();

    let calls = intake.calls.lock().unwrap();
    let (program, request_id, assessment) = calls.last().unwrap();
    assert_eq!((*program, assessment.contact, assessment.sequence), (given.program, contact, 2));
    assert_eq!(*request_id, RequestId::derived("RecordAssessment", format_args!("{contact}/2")));
    assert_eq!(calls.len(), 1);
}
