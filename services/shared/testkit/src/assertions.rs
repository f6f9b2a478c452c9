//! Assertions that read as sentences.

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
