//! A fake intake that keeps the calls that it got.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use harborline_availability::ports::{AssignmentMade, IntakePort, JoinedNow};
use harborline_identity::ProgramScope;
use harborline_testkit::wait_until;
use harborline_types::{ContactId, Person, RequestId};
use tonic::Status;

/// The calls to intake, as texts.
#[derive(Default)]
pub(crate) struct FakeIntake {
    pub(crate) told: Mutex<Vec<String>>,
    /// Whether every contact has ended before its counselor came.
    pub(crate) all_ended: AtomicBool,
}

impl FakeIntake {
    fn note(&self, what: String) {
        self.told.lock().unwrap().push(what);
    }

    pub(crate) async fn until_told(&self, what: &str) {
        let has = || self.told.lock().unwrap().iter().any(|told| told == what);
        wait_until(what, || async { has().then_some(()) }).await;
    }
}

#[tonic::async_trait]
impl IntakePort for FakeIntake {
    async fn record_assignment(&self, _: &ProgramScope, _: RequestId, made: AssignmentMade) -> Result<bool, Status> {
        self.note(format!("assigned {} {} {}", made.contact, made.number, made.counselor.id));
        Ok(!self.all_ended.load(Ordering::SeqCst))
    }

    async fn record_joined(&self, _: &ProgramScope, _: RequestId, joined: JoinedNow) -> Result<(), Status> {
        let who = joined.person.map_or_else(|| "nobody".to_owned(), |person| person.to_string());
        self.note(format!("joined {} {who}", joined.contact));
        Ok(())
    }

    async fn record_counselor_lost(
        &self,
        _: &ProgramScope,
        _: RequestId,
        contact: ContactId,
        assignment: i32,
    ) -> Result<(), Status> {
        self.note(format!("lost {contact} {assignment}"));
        Ok(())
    }

    async fn record_backup_offered(
        &self,
        _: &ProgramScope,
        _: RequestId,
        contact: ContactId,
        _: Duration,
    ) -> Result<(), Status> {
        self.note(format!("backup offered {contact}"));
        Ok(())
    }

    async fn record_supervisor_on_call(
        &self,
        _: &ProgramScope,
        _: RequestId,
        supervisor: Person,
        sequence: i64,
    ) -> Result<(), Status> {
        self.note(format!("on call {} {sequence}", supervisor.id));
        Ok(())
    }
}
