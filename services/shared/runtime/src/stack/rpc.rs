//! One concrete type for everything that answers a request.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use tonic::body::Body;
use tonic::service::Routes;
use tower::{Service, ServiceExt};

/// A request as tonic takes it.
pub type Request = http::Request<Body>;
/// A response as tonic gives it.
pub type Response = http::Response<Body>;

type Answer = BoxFuture<'static, Response>;

/// Answers requests: a service's contracts, or a layer with all that is inside it. Cheap to clone.
#[derive(Clone)]
pub struct Rpc(Arc<dyn Fn(Request) -> Answer + Send + Sync>);

impl Rpc {
    pub(crate) fn of_routes(routes: Routes) -> Self {
        Self(Arc::new(move |request| {
            let answering = routes.clone().oneshot(request);
            Box::pin(async move {
                match answering.await {
                    Ok(response) => response,
                    Err(impossible) => match impossible {},
                }
            })
        }))
    }

    /// Answers one request. Nothing happens before the future is polled.
    pub(crate) async fn answer(self, request: Request) -> Response {
        (self.0)(request).await
    }
}

impl Service<Request> for Rpc {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let answering = self.clone().answer(request);
        Box::pin(async move { Ok(answering.await) })
    }
}

/// One layer: its name, and what it does with a request and all that is inside it.
pub(super) struct Layer {
    pub(super) name: &'static str,
    run: Arc<dyn Fn(Request, Rpc) -> Answer + Send + Sync>,
}

pub(super) fn layer<F, A>(name: &'static str, run: F) -> Layer
where
    F: Fn(Request, Rpc) -> A + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    Layer { name, run: Arc::new(move |request, next| Box::pin(run(request, next))) }
}

impl Layer {
    pub(super) fn around(self, next: Rpc) -> Rpc {
        tracing::trace!(layer = self.name, "stacked");
        let run = self.run;
        Rpc(Arc::new(move |request| run(request, next.clone())))
    }
}
