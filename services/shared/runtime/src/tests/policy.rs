//! Policy in the whole stack: what the caller is told, what the operator is, and what does not leave.

use std::io;

use harborline_proto::triage::v1::GetProtocolRequest;
use harborline_status::{Reason, reason_of, violations_of};
use tonic::Code;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    /// The lines that tell of a refusal, and the guard that keeps them coming.
    fn begin() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
        let guard = tracing::subscriber::set_default(subscriber);
        (log, guard)
    }

    fn refusals(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned();
        text.lines().filter(|line| line.contains("refused by policy")).map(str::to_owned).collect()
    }
}

/// Everything that the caller is told.
fn told(status: &Status) -> String {
    format!("{} {} {:?}", status.message(), String::from_utf8_lossy(status.details()), status.metadata())
}

#[tokio::test]
async fn the_operator_is_told_the_rule_once_and_the_caller_nothing_of_it() {
    let world = World::new();
    let server = world.triage(|_| fine());
    let (log, _guard) = Log::begin();
    let never = public(&server).get_assessment(world.request_as("auditor", question())).await.refused();
    let asked = world.request_as("counselor", RecordScreeningRequest::default());
    let on_a_condition = public(&server).record_screening(asked).await.refused();
    let refusals = log.refusals();
    for (status, line, rule) in
        [(never, &refusals[0], "default"), (on_a_condition, &refusals[1], "counselors_work_in_their_contacts")]
    {
        assert_eq!((status.code(), reason_of(&status)), (Code::PermissionDenied, Some(Reason::CallerNotAllowed)));
        assert!(!told(&status).contains(rule), "{}", told(&status));
        assert!(line.contains(rule) && line.contains(&PROGRAM.to_string()), "{line}");
        assert!(!line.contains("ana"), "nobody is named: {line}");
    }
    assert_eq!(refusals.len(), 2);
}

#[tokio::test]
async fn an_answer_under_a_condition_that_was_not_asked_for_does_not_leave() {
    let world = World::new();
    let server = world.triage(|_| fine());
    let asked = world.request_as("counselor", JudgeAcuityRequest::default());
    let status = public(&server).judge_acuity(asked).await.refused();
    assert_eq!((status.code(), reason_of(&status)), (Code::Internal, Some(Reason::InternalFault)));
    let asked = world.request_as("supervisor", JudgeAcuityRequest::default());
    public(&server).judge_acuity(asked).await.unwrap();
}

#[tokio::test]
async fn a_caller_may_state_a_purpose_that_there_is() {
    let world = World::new();
    let purposes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&purposes);
    let server = world.triage(move |call| {
        seen.lock().unwrap().push(call.purpose().as_str());
        fine()
    });
    let stating = |purpose: &str| {
        let mut request = world.request_as("counselor", question());
        request.metadata_mut().insert(crate::PURPOSE_KEY, purpose.parse().unwrap());
        request
    };
    public(&server).get_assessment(world.request_as("counselor", question())).await.unwrap();
    public(&server).get_assessment(stating("emergency_treatment")).await.unwrap();
    assert_eq!(*purposes.lock().unwrap(), ["treatment", "emergency_treatment"]);
    let unknown = public(&server).get_assessment(stating("curiosity")).await.refused();
    assert_eq!((unknown.code(), violations_of(&unknown)), (Code::InvalidArgument, vec![crate::PURPOSE_KEY.to_owned()]));
    let unfit = public(&server).get_assessment(stating("family_request")).await.refused();
    assert_eq!(reason_of(&unfit), Some(Reason::CallerNotAllowed));
}

#[tokio::test]
async fn a_call_that_names_no_program_is_refused() {
    let world = World::new();
    let server = world.triage(|_| fine());
    let status = as_intake(&server).get_assessment(question()).await.refused();
    assert_eq!(reason_of(&status), Some(Reason::CallerNotAllowed));
    let elsewhere = as_intake(&server).get_protocol(GetProtocolRequest {}).await.refused();
    assert_eq!(reason_of(&elsewhere), Some(Reason::CallerNotAllowed));
}
