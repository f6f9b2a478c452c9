//! Whether the call may be made, and whether an answer was given under the condition that it needs.
//!
//! A call that is admitted on a condition is asked again by its story, with what is known of the record. A story that
//! forgets to ask does not answer: its response is taken back before it leaves.

use std::sync::Arc;

use harborline_identity::{Call, Caller, Denied};
use harborline_policy::{Admission, Policy};
use harborline_status::ServiceError;
use tonic::{Code, Status};

use super::{Request, Response, Rpc};

/// Who was let by without being known (probes) has no call to judge.
pub(super) async fn run(policy: Arc<Policy>, request: Request, next: Rpc) -> Response {
    let Some(call) = request.extensions().get::<Call>().cloned() else { return next.answer(request).await };
    let admission = match policy.admits(&call) {
        Ok(admission) => admission,
        Err(denied) => {
            tell_operator(&call, &denied);
            return Status::from(call.refuse(denied)).into_http();
        }
    };
    let response = next.answer(request).await;
    if let Some(denied) = call.denied() {
        tell_operator(&call, &denied);
    }
    if admission == Admission::Conditional && is_answer(&response) && !call.was_permitted() {
        let error = ServiceError::internal("answering a call", format!("{} did not ask its policy", call.method()));
        return Status::from(error).into_http();
    }
    response
}

/// A refusal is in the head of a response; what begins without one is an answer, or a stream of them.
fn is_answer(response: &Response) -> bool {
    Status::from_header_map(response.headers()).is_none_or(|status| status.code() == Code::Ok)
}

/// The rule is for the operator; neither the caller nor the record that was wanted is named.
fn tell_operator(call: &Call, denied: &Denied) {
    let kind = match call.caller() {
        Caller::Person(person) => person.roles.first().map_or("person", |role| role.as_str()),
        Caller::Service(service) => service.as_str(),
    };
    let program = call.scope().map(|scope| scope.program().to_string()).unwrap_or_default();
    tracing::info!(
        rule = denied.rule,
        rpc.method = call.method(),
        purpose = call.purpose().as_str(),
        harborline.caller.kind = kind,
        harborline.program.id = program,
        "refused by policy"
    );
}
