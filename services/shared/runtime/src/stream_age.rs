//! The end of a live stream that nobody ended.

use std::time::Duration;

use futures::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;

/// Ends live streams at a maximum age, or when the service drains. Clients resume, on another replica perhaps.
#[derive(Clone, Debug)]
pub struct StreamAge {
    max_age: Duration,
    draining: CancellationToken,
}

impl StreamAge {
    /// Streams end after `max_age`, or up to a fifth earlier so that those opened together do not resume together, and
    /// when `draining` is canceled.
    pub fn new(max_age: Duration, draining: CancellationToken) -> Self {
        Self { max_age, draining }
    }

    /// The stream, which ends cleanly (status OK) when its time has come.
    pub fn limit<S: Stream + Send>(&self, stream: S) -> impl Stream<Item = S::Item> + Send + use<S> {
        let age = self.max_age.mul_f64(rand::random_range(0.8..=1.0));
        let draining = self.draining.clone();
        stream.take_until(async move {
            tokio::select! {
                () = tokio::time::sleep(age) => (),
                () = draining.cancelled() => (),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn a_stream_that_would_never_end_ends_at_its_age() {
        let age = StreamAge::new(Duration::from_millis(20), CancellationToken::new());
        let mut endless = Box::pin(age.limit(stream::pending::<()>()));
        assert_eq!(endless.next().await, None);
    }

    #[tokio::test]
    async fn a_stream_ends_when_the_service_drains() {
        let draining = CancellationToken::new();
        let age = StreamAge::new(Duration::from_secs(3600), draining.clone());
        let mut stream = Box::pin(age.limit(stream::once(async { 1 }).chain(stream::pending())));
        assert_eq!(stream.next().await, Some(1));
        draining.cancel();
        assert_eq!(stream.next().await, None);
    }
}
