//! Transport: one folder a service of the contracts, one file an RPC. `delegate!` hands each RPC to the file of its name.

mod follow_up;

use std::sync::Arc;

use harborline_proto::followup::v1::follow_up_service_server::FollowUpServiceServer;
use harborline_runtime::ServerBuilder;

use crate::app::App;

/// The contracts of followup, over its parts.
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
    server.add_service(FollowUpServiceServer::new(Rpc::new(app.clone())))
}
