//! Assertions that read as sentences.

use std::future::Future;
use std::time::{Duration, Instant};

use harborline_status::{Reason, reason_of};
use tonic::Status;

/// Asserts that an answer is a refusal with this reason, and returns it for closer looks.
///
/// # Panics
/// When it is not.
#[track_caller]
pub fn assert_refused<T>(answer: Result<T, Status>, reason: Reason) -> Status {
    match answer {
        Ok(_) => panic!("expected the refusal {}, but the call succeeded", reason.as_str_name()),
        Err(status) => {
            assert_eq!(reason_of(&status), Some(reason), "{:?}: {}", status.code(), status.message());
            status
        }
    }
}

/// Waits until `look` finds something, for at most a minute.
///
/// # Panics
/// When the time is over; `what` says what was waited for.
pub async fn wait_until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
