//! Transport: one folder a service of the contracts, one file an RPC. `delegate!` hands each RPC to the file of its name.

mod access;
mod acting;
mod caller;
mod consent;
mod contact;
mod cursor;
mod decision;
mod disclosure;
mod mesh;
mod newest_assessment;
mod participant;
mod permit;
mod program;
mod program_rule;
mod read_etag;
mod safety_plan;
mod seen_by;
mod support_person;

use std::sync::Arc;

use harborline_proto::intake::v1::access_service_server::AccessServiceServer;
use harborline_proto::intake::v1::caller_service_server::CallerServiceServer;
use harborline_proto::intake::v1::consent_service_server::ConsentServiceServer;
use harborline_proto::intake::v1::contact_service_server::ContactServiceServer;
use harborline_proto::intake::v1::decision_service_server::DecisionServiceServer;
use harborline_proto::intake::v1::disclosure_service_server::DisclosureServiceServer;
use harborline_proto::intake::v1::mesh_service_server::MeshServiceServer;
use harborline_proto::intake::v1::participant_service_server::ParticipantServiceServer;
use harborline_proto::intake::v1::program_rule_service_server::ProgramRuleServiceServer;
use harborline_proto::intake::v1::program_service_server::ProgramServiceServer;
use harborline_proto::intake::v1::safety_plan_service_server::SafetyPlanServiceServer;
use harborline_proto::intake::v1::support_person_service_server::SupportPersonServiceServer;
use harborline_runtime::ServerBuilder;

use crate::app::App;

/// The contracts of intake, over its parts.
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
        .add_service(ProgramServiceServer::new(rpc.clone()))
        .add_service(ProgramRuleServiceServer::new(rpc.clone()))
        .add_service(ParticipantServiceServer::new(rpc.clone()))
        .add_service(SupportPersonServiceServer::new(rpc.clone()))
        .add_service(SafetyPlanServiceServer::new(rpc.clone()))
        .add_service(ContactServiceServer::new(rpc.clone()))
        .add_service(CallerServiceServer::new(rpc.clone()))
        .add_service(ConsentServiceServer::new(rpc.clone()))
        .add_service(AccessServiceServer::new(rpc.clone()))
        .add_service(DecisionServiceServer::new(rpc.clone()))
        .add_service(DisclosureServiceServer::new(rpc.clone()))
        .add_service(MeshServiceServer::new(rpc))
}
