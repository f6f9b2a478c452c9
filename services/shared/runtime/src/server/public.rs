//! What the public listener has beside the stack: gRPC-Web for browsers, reflection for people with a terminal.

use harborline_proto::DESCRIPTORS;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};
use std::time::Duration;
use tonic::service::Routes;
use tonic_reflection::server::Builder;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::ServeError;
use crate::stack::REQUEST_ID;

const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(3600);

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
    let sent = ["x-grpc-web", "x-user-agent", "grpc-timeout", "traceparent", "tracestate"].map(HeaderName::from_static);
    let read = ["grpc-status", "grpc-message", "grpc-status-details-bin"].map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, REQUEST_ID].into_iter().chain(sent).collect::<Vec<_>>())
        .expose_headers([REQUEST_ID].into_iter().chain(read).collect::<Vec<_>>())
        .max_age(PREFLIGHT_MAX_AGE)
}
