//! Sends pages and less urgent notices to the supervisor on call.

use std::sync::Arc;
use std::time::Duration;

use harborline_duties::DutyError;
use harborline_notify::{Nobody, Notice, Notifier, NotifyError, Page};
use tokio::sync::Semaphore;

/// The way to the supervisor's telephone.
pub struct Paging {
    notifier: Arc<dyn Notifier>,
    again_after: Duration,
    /// Limits the pages on their way. Pages share one worker with the duties that tell intake of assignments, and a
    /// receiver that answers slowly must not hold those up.
    places: Semaphore,
    /// One notice at a time, beside the pages.
    notices: Semaphore,
}

/// How sending a page or a notice ended.
pub(crate) enum Sent {
    /// The receiver took it.
    Taken,
    /// The receiver refused it for good.
    Refused(NotifyError),
    /// No receiver is configured.
    Nobody,
    /// To be sent again later.
    Later(DutyError),
}

impl Paging {
    /// Sends through a notifier: at most so many pages at once, and the next page of a wait after this time.
    pub fn new(notifier: Arc<dyn Notifier>, again_after: Duration, at_once: usize) -> Self {
        Self { notifier, again_after, places: Semaphore::new(at_once.max(1)), notices: Semaphore::new(1) }
    }

    /// Without a receiver.
    pub fn nobody() -> Self {
        Self::new(Arc::new(Nobody), Duration::from_secs(15), 1)
    }

    /// The time after a page until the next one follows.
    pub(crate) fn again_after(&self) -> Duration {
        self.again_after
    }

    /// Sends a page once.
    pub(crate) async fn send(&self, page: &Page) -> Sent {
        let Ok(_place) = self.places.try_acquire() else {
            return Sent::Later(DutyError::passing("as many pages as may be are on their way"));
        };
        sent(self.notifier.page(page).await)
    }

    /// Sends a notice once.
    pub(crate) async fn tell(&self, notice: &Notice) -> Sent {
        let Ok(_place) = self.notices.try_acquire() else {
            return Sent::Later(DutyError::passing("another notice is on its way"));
        };
        sent(self.notifier.notice(notice).await)
    }
}

fn sent(answered: Result<(), NotifyError>) -> Sent {
    match answered {
        Ok(()) => Sent::Taken,
        Err(NotifyError::Nobody) => Sent::Nobody,
        Err(refused @ NotifyError::Lasting(_)) => Sent::Refused(refused),
        Err(passing @ NotifyError::Passing { retry_after, .. }) => {
            Sent::Later(DutyError::passing(passing.to_string()).retry_in(retry_after.unwrap_or_default()))
        }
    }
}
