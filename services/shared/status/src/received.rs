//! Reading a status that another service answered.

use std::time::Duration;

use harborline_proto::common::v1::Reason;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// The reason that a status carries, if it is one of the contract's.
pub fn reason_of(status: &Status) -> Option<Reason> {
    let info = status.get_details_error_info()?;
    Reason::from_str_name(&format!("REASON_{}", info.reason))
}

/// The fields that a status names as wrong.
pub fn violations_of(status: &Status) -> Vec<String> {
    let fields = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    fields.into_iter().map(|violation| violation.field).collect()
}

/// How long to wait before the same request is worth repeating, if the status says so.
pub fn retry_after_of(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}

/// Whether the same request may succeed later, because the failure says nothing about the request itself.
pub fn worth_repeating(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Aborted | Code::Cancelled
    )
}
