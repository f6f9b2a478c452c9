//! Transport: one folder a service of the contracts, one file an RPC. `delegate!` hands each RPC to the file of its name.

mod triage;

use std::sync::Arc;

use harborline_proto::triage::v1::triage_service_server::TriageServiceServer;
use harborline_runtime::ServerBuilder;

use crate::app::App;

/// The contracts of triage, over its parts.
#[derive(Clone)]
pub struct Rpc {
    app: Arc<App>,
}

impl Rpc {
    /// Serves these parts.
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

/// Adds the contracts to a server.
pub(crate) fn register(server: ServerBuilder, app: &Arc<App>) -> ServerBuilder {
    server.add_service(TriageServiceServer::new(Rpc::new(app.clone())))
}
