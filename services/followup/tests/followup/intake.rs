//! An intake that remembers what it was told, once for each request id, and may be down, lose its answers, or take its
//! time.

use std::sync::Mutex;

use harborline_followup::domain::plan::PlanEnd;
use harborline_followup::ports::IntakePort;
use harborline_identity::ProgramScope;
use harborline_testkit::wait_until;
use harborline_types::{ContactId, PlanId, ProgramId, RequestId};
use tokio::sync::Semaphore;
use tonic::Status;

/// One outbound contact that intake was asked to open.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) program: ProgramId,
    pub(crate) request_id: RequestId,
    pub(crate) origin: ContactId,
    pub(crate) attempt: i32,
    pub(crate) outbound: ContactId,
}

/// One late attempt that intake was told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overdue {
    pub(crate) request_id: RequestId,
    pub(crate) contact: ContactId,
    pub(crate) plan: PlanId,
    pub(crate) attempt: i32,
}

/// One end that intake was told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) request_id: RequestId,
    pub(crate) contact: ContactId,
    pub(crate) sequence: i64,
    pub(crate) end: PlanEnd,
}

/// See the module.
pub(crate) struct FakeIntake {
    refusals: Mutex<u32>,
    lost_answers: Mutex<u32>,
    may_answer: Semaphore,
    opened: Mutex<Vec<Opened>>,
    overdue: Mutex<Vec<Overdue>>,
    ended: Mutex<Vec<Ended>>,
}

impl Default for FakeIntake {
    fn default() -> Self {
        Self {
            refusals: Mutex::default(),
            lost_answers: Mutex::default(),
            may_answer: Semaphore::new(Semaphore::MAX_PERMITS),
            opened: Mutex::default(),
            overdue: Mutex::default(),
            ended: Mutex::default(),
        }
    }
}

impl FakeIntake {
    /// Refuses so many calls.
    pub(crate) fn refusing(calls: u32) -> Self {
        Self { refusals: Mutex::new(calls), ..Self::default() }
    }

    /// Takes so many calls without an answer.
    pub(crate) fn losing_answers(calls: u32) -> Self {
        Self { lost_answers: Mutex::new(calls), ..Self::default() }
    }

    /// Answers no end until it may.
    pub(crate) fn holding() -> Self {
        Self { may_answer: Semaphore::new(0), ..Self::default() }
    }

    pub(crate) fn may_answer(&self) {
        self.may_answer.add_permits(100);
    }

    pub(crate) async fn until_told_an_end(&self) {
        wait_until("intake is told an end", || async { (!self.ended().is_empty()).then_some(()) }).await;
    }

    pub(crate) fn opened(&self) -> Vec<Opened> {
        self.opened.lock().unwrap().clone()
    }

    pub(crate) fn overdue(&self) -> Vec<Overdue> {
        self.overdue.lock().unwrap().clone()
    }

    pub(crate) fn ended(&self) -> Vec<Ended> {
        self.ended.lock().unwrap().clone()
    }

    /// Sequence and end of everything that it was told.
    pub(crate) fn ends(&self) -> Vec<(i64, PlanEnd)> {
        self.ended().into_iter().map(|ended| (ended.sequence, ended.end)).collect()
    }

    fn may_refuse(&self) -> Result<(), Status> {
        take(&self.refusals)
    }

    fn may_lose_the_answer(&self) -> Result<(), Status> {
        take(&self.lost_answers)
    }
}

fn take(left: &Mutex<u32>) -> Result<(), Status> {
    let mut left = left.lock().unwrap();
    if *left == 0 {
        return Ok(());
    }
    *left -= 1;
    Err(Status::unavailable("down"))
}

/// A repetition says the same as before, under the same request id. Another body for a known one would be refused.
fn remember<T: PartialEq>(told: &Mutex<Vec<T>>, now: T) {
    let mut told = told.lock().unwrap();
    if !told.contains(&now) {
        told.push(now);
    }
}

#[tonic::async_trait]
impl IntakePort for FakeIntake {
    async fn open_outbound_contact(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        origin: ContactId,
        _plan: PlanId,
        attempt: i32,
    ) -> Result<ContactId, Status> {
        self.may_refuse()?;
        let mut opened = self.opened.lock().unwrap();
        if let Some(known) = opened.iter().find(|known| known.request_id == request_id) {
            return Ok(known.outbound);
        }
        let (program, outbound) = (scope.program(), ContactId::new());
        opened.push(Opened { program, request_id, origin, attempt, outbound });
        Ok(outbound)
    }

    async fn record_attempt_overdue(
        &self,
        _scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        plan: PlanId,
        attempt: i32,
    ) -> Result<(), Status> {
        self.may_refuse()?;
        remember(&self.overdue, Overdue { request_id, contact, plan, attempt });
        self.may_lose_the_answer()
    }

    async fn record_follow_ups_ended(
        &self,
        _scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        sequence: i64,
        end: PlanEnd,
    ) -> Result<(), Status> {
        self.may_refuse()?;
        remember(&self.ended, Ended { request_id, contact, sequence, end });
        self.may_answer.acquire().await.unwrap().forget();
        self.may_lose_the_answer()
    }
}
