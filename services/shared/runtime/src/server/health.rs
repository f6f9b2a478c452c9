//! Whether this replica wants calls, told by grpc.health.v1 for each contract and for the whole (the empty name).

use std::sync::Arc;

use tokio::sync::watch;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health as HealthRpc, HealthServer};
use tonic_health::server::{HealthReporter, HealthService};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    is_ready: bool,
    is_draining: bool,
}

/// Says whether this replica can do its work. Once it drains it does not come back.
#[derive(Clone, Debug)]
pub struct Readiness(Arc<watch::Sender<State>>);

impl Readiness {
    /// Says whether calls are welcome. Takes effect while the server is serving.
    pub fn set_serving(&self, is_ready: bool) {
        self.0.send_modify(|state| state.is_ready = is_ready);
    }

    pub(super) fn drain(&self) {
        self.0.send_modify(|state| state.is_draining = true);
    }
}

pub(super) struct Health {
    readiness: Readiness,
    reporter: HealthReporter,
    names: Vec<&'static str>,
}

impl Health {
    pub(super) fn new(contracts: &[&'static str]) -> Self {
        let readiness = Readiness(Arc::new(watch::Sender::new(State::default())));
        // The reporter begins by calling the whole SERVING: the empty name must be told otherwise like the rest.
        let names = std::iter::once("").chain(contracts.iter().copied()).collect();
        Self { readiness, reporter: HealthReporter::new(), names }
    }

    pub(super) fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    pub(super) fn server(&self) -> HealthServer<impl HealthRpc + use<>> {
        HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()))
    }

    /// Passes every change on to those who ask; never ends.
    pub(super) async fn follow(&self) {
        let mut states = self.readiness.0.subscribe();
        loop {
            let state = *states.borrow_and_update();
            self.tell(state).await;
            if states.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    async fn tell(&self, state: State) {
        let serves = state.is_ready && !state.is_draining;
        let status = if serves { ServingStatus::Serving } else { ServingStatus::NotServing };
        for name in &self.names {
            self.reporter.set_service_status(name, status).await;
        }
    }
}
