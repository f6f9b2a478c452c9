//! A name for every request, for the person who reports that one failed.

use http::{HeaderName, HeaderValue};
use tracing::field::display;
use uuid::Uuid;

use super::{Request, Response, Rpc};

/// The header, on the request and on the response.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Keeps the caller's id when it is a UUID; anything else could be somebody's words and is replaced.
pub(super) async fn run(mut request: Request, next: Rpc) -> Response {
    let given = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok());
    let id = given.and_then(|id| Uuid::parse_str(id).ok()).unwrap_or_else(Uuid::new_v4);
    let header = HeaderValue::try_from(id.to_string()).ok();
    if let Some(header) = &header {
        request.headers_mut().insert(REQUEST_ID, header.clone());
    }
    let mut response = next.answer(request).await;
    if let Some(header) = header {
        response.headers_mut().insert(REQUEST_ID, header);
    }
    response
}

/// The id that [`run`] gave, for a span.
pub(super) fn of(request: &Request) -> Option<tracing::field::DisplayValue<String>> {
    request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).map(|id| display(id.to_owned()))
}
