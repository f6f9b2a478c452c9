//! Every call is counted once, with how it ended: answered, refused, or left by its caller.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harborline_status::{Reason, reason_of};
use tonic::{Code, Status};

use super::{Request, Response, Rpc};
use crate::contract::{is_open, method_name};

/// A call that ended. For a stream: that began, since its end is not an answer.
#[derive(Clone, Copy, Debug)]
pub struct FinishedCall {
    /// The method's full name without a leading slash, or "unknown".
    pub method: &'static str,
    /// The gRPC code of the answer; `Cancelled` when the caller left before.
    pub code: Code,
    /// The reason of a refusal.
    pub reason: Option<Reason>,
    /// From the request's headers to the response's.
    pub took: Duration,
}

/// Told of every call that ended.
pub type Observer = Arc<dyn Fn(FinishedCall) + Send + Sync>;

/// Reports calls to the telemetry of the process.
pub(crate) fn report(call: FinishedCall) {
    let reason = call.reason.map_or("", |reason| reason.as_str_name().trim_start_matches("REASON_"));
    let code = format!("{:?}", call.code);
    harborline_telemetry::metrics::rpc_finished(call.method, &code, reason, call.took.as_secs_f64());
}

pub(super) async fn run(observer: Observer, request: Request, next: Rpc) -> Response {
    if is_open(request.uri().path()) {
        return next.answer(request).await;
    }
    let method = method_name(request.uri().path());
    let mut counting = Counting { observer, method, began: Instant::now(), code: Code::Cancelled, reason: None };
    let response = next.answer(request).await;
    let status = Status::from_header_map(response.headers());
    counting.code = status.as_ref().map_or(Code::Ok, Status::code);
    counting.reason = status.as_ref().and_then(reason_of);
    response
}

/// Counts when dropped, so that a call whose caller left is counted too.
struct Counting {
    observer: Observer,
    method: &'static str,
    began: Instant,
    code: Code,
    reason: Option<Reason>,
}

impl Drop for Counting {
    fn drop(&mut self) {
        let call =
            FinishedCall { method: self.method, code: self.code, reason: self.reason, took: self.began.elapsed() };
        (self.observer)(call);
    }
}
