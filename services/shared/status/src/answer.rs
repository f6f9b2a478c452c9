//! Wrapping what an RPC's story returns.

use tonic::{Response, Status};

use crate::ServiceError;

/// Turns the outcome of an RPC's story into what tonic sends.
///
/// # Errors
/// The refusal or fault, as a status.
pub fn answer<T, E: Into<ServiceError>>(outcome: Result<T, E>) -> Result<Response<T>, Status> {
    outcome.map(Response::new).map_err(|error| error.into().into())
}
