//! Transport: one folder a service of the contracts, one file an RPC. `delegate!` hands each RPC to the file of its name.

mod disclosure;
mod partner;
mod referral;

use std::sync::Arc;

use harborline_proto::partner::v1::partner_service_server::PartnerServiceServer;
use harborline_proto::referral::v1::disclosure_service_server::DisclosureServiceServer;
use harborline_proto::referral::v1::referral_service_server::ReferralServiceServer;
use harborline_runtime::ServerBuilder;

use crate::app::App;

/// The contracts of referral, over its parts.
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
    let rpc = Rpc::new(app.clone());
    server
        .add_service(PartnerServiceServer::new(rpc.clone()))
        .add_service(DisclosureServiceServer::new(rpc.clone()))
        .add_service(ReferralServiceServer::new(rpc))
}
