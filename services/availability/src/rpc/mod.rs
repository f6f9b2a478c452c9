//! Transport: one folder a service of the contracts, one file an RPC. `delegate!` hands each RPC to the file of its
//! name.

mod attend;
mod board;
mod counselor_calls;
mod coverage;
mod measure;
mod roster;
mod roster_rules;
mod shift;
mod ticket;
mod transfer;

use std::sync::Arc;

use harborline_proto::availability::v1::attend_service_server::AttendServiceServer;
use harborline_proto::availability::v1::board_service_server::BoardServiceServer;
use harborline_proto::availability::v1::coverage_service_server::CoverageServiceServer;
use harborline_proto::availability::v1::measure_service_server::MeasureServiceServer;
use harborline_proto::availability::v1::roster_service_server::RosterServiceServer;
use harborline_proto::availability::v1::shift_service_server::ShiftServiceServer;
use harborline_proto::availability::v1::ticket_service_server::TicketServiceServer;
use harborline_proto::availability::v1::transfer_service_server::TransferServiceServer;
use harborline_runtime::ServerBuilder;

use crate::app::App;

/// The contracts of availability at one replica.
#[derive(Clone)]
pub struct Rpc {
    app: Arc<App>,
}

impl Rpc {
    /// Serves the contracts of one replica.
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

/// Adds the contracts to a server.
pub(crate) fn register(server: ServerBuilder, app: &Arc<App>) -> ServerBuilder {
    let rpc = Rpc::new(app.clone());
    server
        .add_service(RosterServiceServer::new(rpc.clone()))
        .add_service(AttendServiceServer::new(rpc.clone()))
        .add_service(TicketServiceServer::new(rpc.clone()))
        .add_service(ShiftServiceServer::new(rpc.clone()))
        .add_service(CoverageServiceServer::new(rpc.clone()))
        .add_service(MeasureServiceServer::new(rpc.clone()))
        .add_service(BoardServiceServer::new(rpc.clone()))
        .add_service(TransferServiceServer::new(rpc))
}
