//! What the public listener has beside the stack: gRPC-Web for browsers, reflection for people with a terminal.

use harborline_proto::DESCRIPTORS;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};
use std::time::Duration;
use tonic::service::Routes;
use tonic_reflection::server::Builder;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::ServeError;
use crate::call::PURPOSE_KEY;
use crate::deadline::GRPC_TIMEOUT;
use crate::stack::REQUEST_ID;

const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(3600);

/// The request headers that a browser's code may set: what a layer of the stack reads, and the two by which the libraries
/// of gRPC-Web name themselves. The program is not among them: only a service may name one.
const SENT: [HeaderName; 9] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    REQUEST_ID,
    HeaderName::from_static(PURPOSE_KEY),
    HeaderName::from_static(GRPC_TIMEOUT),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-grpc-web"),
    HeaderName::from_static("x-user-agent"),
];

/// The response headers that a browser's code may read: the name of its request, and how a call ended that was refused
/// before its answer began. The trailers of all others are part of the body.
const READ: [HeaderName; 4] = [
    REQUEST_ID,
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status-details-bin"),
];

/// Both versions of reflection (buf asks v1; grpcurl and Python ask v1alpha), listing what this service serves.
pub(super) fn with_reflection(routes: Routes, contracts: &[&'static str]) -> Result<Routes, ServeError> {
    let builder = || {
        let builder = Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health");
        contracts.iter().fold(builder, |builder, contract| builder.with_service_name(*contract))
    };
    Ok(routes.add_service(builder().build_v1()?).add_service(builder().build_v1alpha()?))
}

/// Lets the configured origins call, and lets their code read how a call ended.
pub(super) fn cors(origins: &[String]) -> CorsLayer {
    let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::POST])
        .allow_headers(SENT)
        .expose_headers(READ)
        .max_age(PREFLIGHT_MAX_AGE)
}
