//! An intake that remembers what it was told.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use harborline_availability::IntakePort;
use harborline_identity::ProgramScope;
use harborline_proto::intake::v1 as intake;
use harborline_testkit::wait_until;
use tonic::Status;

/// What intake was told.
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

impl IntakePort for FakeIntake {
    fn record_assignment(
        &self,
        _: ProgramScope,
        request: intake::RecordAssignmentRequest,
    ) -> BoxFuture<'_, Result<intake::RecordAssignmentResponse, Status>> {
        let counselor = request.counselor.unwrap_or_default().person_id;
        self.note(format!("assigned {} {} {counselor}", request.contact_id, request.assignment));
        let engaged = !self.all_ended.load(Ordering::SeqCst);
        Box::pin(async move { Ok(intake::RecordAssignmentResponse { engaged }) })
    }

    fn record_joined(
        &self,
        _: ProgramScope,
        request: intake::RecordJoinedRequest,
    ) -> BoxFuture<'_, Result<intake::RecordJoinedResponse, Status>> {
        let who = if request.person_id.is_empty() { "nobody" } else { &request.person_id };
        self.note(format!("joined {} {who}", request.contact_id));
        Box::pin(async { Ok(intake::RecordJoinedResponse {}) })
    }

    fn record_counselor_lost(
        &self,
        _: ProgramScope,
        request: intake::RecordCounselorLostRequest,
    ) -> BoxFuture<'_, Result<intake::RecordCounselorLostResponse, Status>> {
        self.note(format!("lost {} {}", request.contact_id, request.assignment));
        Box::pin(async { Ok(intake::RecordCounselorLostResponse {}) })
    }

    fn record_backup_offered(
        &self,
        _: ProgramScope,
        request: intake::RecordBackupOfferedRequest,
    ) -> BoxFuture<'_, Result<intake::RecordBackupOfferedResponse, Status>> {
        self.note(format!("backup offered {}", request.contact_id));
        Box::pin(async { Ok(intake::RecordBackupOfferedResponse {}) })
    }

    fn record_supervisor_on_call(
        &self,
        _: ProgramScope,
        request: intake::RecordSupervisorOnCallRequest,
    ) -> BoxFuture<'_, Result<intake::RecordSupervisorOnCallResponse, Status>> {
        let supervisor = request.supervisor.unwrap_or_default().person_id;
        self.note(format!("on call {supervisor} {}", request.sequence));
        Box::pin(async { Ok(intake::RecordSupervisorOnCallResponse {}) })
    }
}
