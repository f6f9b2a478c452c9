//! What an RPC's story begins with, and what a request to a neighbor carries.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use harborline_identity::{Call, ProgramScope};
use harborline_proto::Ids;
use harborline_status::ServiceError;
use tonic::Request;
use tonic::metadata::MetadataValue;

/// The metadata key in which a service names the program that it calls for.
pub const PROGRAM_KEY: &str = "harborline-program";

/// The metadata key in which a caller may state why they look or act: a word of
/// [`Purpose`](harborline_identity::Purpose).
pub const PURPOSE_KEY: &str = "harborline-purpose";

/// Whether an RPC's story has begun, among the request's extensions: until then nothing of ours has looked at the message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Story(Arc<AtomicBool>);

impl Story {
    pub(crate) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Who calls, for which program, and until when.
///
/// # Errors
/// `INTERNAL_FAULT` when the request did not come through the stack.
pub fn call<T>(request: &Request<T>) -> Result<Call, ServiceError> {
    if let Some(story) = request.extensions().get::<Story>() {
        story.begin();
    }
    let call = request.extensions().get::<Call>().cloned();
    call.ok_or_else(|| ServiceError::internal("reading who calls", "the request did not come through the stack"))
}

/// Takes a request apart into who calls and what is asked, with its ids spelled in one way: a repeat is known by them.
///
/// # Errors
/// `INTERNAL_FAULT` when the request did not come through the stack.
pub fn split<T: Ids>(request: Request<T>) -> Result<(Call, T), ServiceError> {
    let call = call(&request)?;
    let mut message = request.into_inner();
    message.spell_ids();
    Ok((call, message))
}

/// A request to a neighbor, made for a program.
pub fn for_program<T>(scope: &ProgramScope, message: T) -> Request<T> {
    let mut request = Request::new(message);
    // A UUID is always valid metadata.
    if let Ok(program) = MetadataValue::try_from(scope.program().to_string()) {
        request.metadata_mut().insert(PROGRAM_KEY, program);
    }
    request
}
