//! The server's span of a call, under the caller's.

use harborline_status::reason_of;
use harborline_telemetry::{names, trace};
use tonic::{Code, Status};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use super::{Request, Response, Rpc, request_id};
use crate::contract::{is_open, method_name};

pub(super) async fn run(request: Request, next: Rpc) -> Response {
    if is_open(request.uri().path()) {
        return next.answer(request).await;
    }
    let method = method_name(request.uri().path());
    let span = info_span!(
        "rpc",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        rpc.method = method,
        rpc.grpc.status_code = Empty,
        http.request.id = request_id::of(&request),
        harborline.caller.kind = Empty,
        harborline.program.id = Empty,
        harborline.reason = Empty,
    );
    trace::set_parent_context(&span, trace::extract(request.headers()));
    let response = next.answer(request).instrument(span.clone()).await;
    record(&span, &response);
    response
}

fn record(span: &Span, response: &Response) {
    let Some(status) = Status::from_header_map(response.headers()) else {
        span.record(names::RPC_CODE, "Ok");
        return;
    };
    span.record(names::RPC_CODE, format!("{:?}", status.code()));
    if let Some(reason) = reason_of(&status) {
        span.record(names::REASON, reason.as_str_name());
    }
    // A refusal is an answer; only these are faults on our side.
    if matches!(status.code(), Code::Internal | Code::Unavailable | Code::DeadlineExceeded | Code::Unknown) {
        span.record("otel.status_code", "ERROR");
    }
}
