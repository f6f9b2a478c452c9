//! What a handler gets and gives.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;

use harborline_identity::{Call, ProgramScope};
use harborline_status::{Reason, ServiceError, reason_of, worth_repeating};
use harborline_store::StoreError;
use harborline_types::Timestamp;
use tonic::{Code, Status};

/// One run of one duty.
#[derive(Clone, Debug)]
pub struct DutyRun {
    /// The call as which the duty acts: this service, in the duty's program.
    pub call: Call,
    /// The duty's program.
    pub scope: ProgramScope,
    /// What it is about.
    pub subject: String,
    /// The runs since the duty was owed or put off, from 1: it starts anew after success and when it is owed again.
    pub attempt: i32,
    /// When it was due, on the domain's clock.
    pub due_at: Option<Timestamp>,
}

impl DutyRun {
    /// Reads the subject as an id.
    ///
    /// # Errors
    /// A lasting failure, when it is none.
    pub fn subject_id<T: FromStr>(&self) -> Result<T, DutyError> {
        self.subject.parse().map_err(|_| DutyError::lasting("the subject is not an id"))
    }
}

/// How a run ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing is left to do.
    Finished,
    /// The same duty is due again at this instant of the domain's clock.
    Again(Timestamp),
}

/// How a run failed.
#[derive(Debug)]
pub struct DutyError {
    pub(crate) reason: String,
    pub(crate) lasting: bool,
    pub(crate) retry_in: Duration,
}

impl DutyError {
    /// A failure that time does not heal. The text is logged and kept: no personal or health information.
    pub fn lasting(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), lasting: true, retry_in: Duration::ZERO }
    }

    /// A failure that a later run may not meet.
    pub fn passing(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), lasting: false, retry_in: Duration::ZERO }
    }

    /// The same failure, with the real time for which the neighbor asks to be left alone. The next run comes no earlier,
    /// unless the duty is owed again.
    #[must_use]
    pub fn retry_in(self, pause: Duration) -> Self {
        Self { retry_in: pause, ..self }
    }
}

impl From<Status> for DutyError {
    fn from(status: Status) -> Self {
        let reason = match reason_of(&status) {
            Some(reason) => reason.as_str_name().trim_start_matches("REASON_").to_owned(),
            None => format!("{:?}", status.code()),
        };
        // A neighbor that rolls out or misbehaves may be itself again later, so only clear refusals last.
        let passing = worth_repeating(&status) || matches!(status.code(), Code::Unknown | Code::Unauthenticated);
        Self { reason, lasting: !passing, retry_in: Duration::ZERO }
    }
}

impl From<ServiceError> for DutyError {
    fn from(error: ServiceError) -> Self {
        let lasting = error.reason() != Reason::TemporarilyUnavailable;
        Self { lasting, reason: format!("{error:?}"), retry_in: Duration::ZERO }
    }
}

impl From<StoreError> for DutyError {
    fn from(error: StoreError) -> Self {
        ServiceError::from(error).into()
    }
}

pub(crate) type Outcome = Pin<Box<dyn Future<Output = Result<Done, DutyError>> + Send>>;
pub(crate) type Handler = Box<dyn Fn(DutyRun) -> Outcome + Send + Sync>;
pub(crate) type Handlers = HashMap<&'static str, Handler>;
