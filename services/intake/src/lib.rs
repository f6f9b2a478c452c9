//! Intake, the hub of a contact: opens it from any channel, knows who is calling, drives it to a human, and records whose
//! the person is and how it ended.
//!
//! # The way of the data
//! A request is parsed whole, then one transaction claims its request id, locks what it changes, lets the domain decide
//! (`domain/`), writes the contact, its custody and what follows from it as duties, and commits with the answer. Nothing
//! waits for another service there; duties do (`duties/`), and run again until their neighbor has answered. What the
//! neighbors tell comes back through the mesh contract, in any order and more than once: it is numbered, and an older
//! number changes nothing.
//!
//! What may be told to whom is decided by harborline-disclosure from the consents and emergency accesses that are
//! committed at that moment; nothing of such a decision is kept for later.
//!
//! # Invariants
//! - A contact that was opened is in the database with its duty to be routed, or it was not opened (P1).
//! - Exactly one owner at every instant: a chain of intervals that the database refuses to break, and whose owner follows
//!   from what is open of the contact and of all that came of it (P4).
//! - Ended stays ended.
//!
//! # Not chosen
//! Asking triage and availability while the front end waits: it would make two services answer for what one can keep.

mod app;
mod assignment;
mod domain;
mod duties;
mod error;
mod ports;
mod rpc;
mod settings;
mod store;
mod wire;

use std::sync::Arc;

use harborline_config::DutySettings;
use harborline_duties::Worker;
use harborline_identity::ServiceName;
use harborline_notify::notifier;
use harborline_proto::intake::v1::access_service_server::AccessServiceServer;
use harborline_proto::intake::v1::consent_service_server::ConsentServiceServer;
use harborline_proto::intake::v1::contact_service_server::ContactServiceServer;
use harborline_proto::intake::v1::decision_service_server::DecisionServiceServer;
use harborline_proto::intake::v1::disclosure_service_server::DisclosureServiceServer;
use harborline_proto::intake::v1::mesh_service_server::MeshServiceServer;
use harborline_proto::intake::v1::program_service_server::ProgramServiceServer;
use harborline_runtime::ServerBuilder;
use harborline_service::{Assembly, BoxError, Neighbors, Parts, Role};
use sqlx::migrate::Migrator;

pub use app::{App, Ports};
pub use ports::{AvailabilityPort, FollowUpPort, RecordsPort, ReferralPort, TriagePort};
pub use rpc::IntakeRpc;
pub use settings::{DecisionSettings, DecisionTimes, Settings};

/// What an operator without a receiver of pages should know.
const NOBODY_IS_PAGED: &str = "nobody is paged when a supervisor must decide: notify.webhook_url is empty";

/// The role of intake.
pub struct Intake;

impl Role for Intake {
    const NAME: ServiceName = ServiceName::Intake;
    const DEFAULTS: &'static str = settings::DEFAULTS;
    const NEIGHBORS: &'static [ServiceName] =
        &[ServiceName::Triage, ServiceName::Availability, ServiceName::Referral, ServiceName::Followup];
    type Settings = Settings;

    fn schema() -> Migrator {
        harborline_store::migrator(&[&harborline_store::MIGRATIONS, &harborline_duties::MIGRATIONS, &store::MIGRATIONS])
    }

    fn remarks(own: &Settings) -> Vec<String> {
        if own.notify.is_configured() { Vec::new() } else { vec![NOBODY_IS_PAGED.to_owned()] }
    }

    fn assemble(parts: Parts<Settings>, server: ServerBuilder) -> Result<Assembly, BoxError> {
        let ports = Ports {
            triage: Arc::new(parts.neighbors.get(ServiceName::Triage)),
            availability: Arc::new(parts.neighbors.get(ServiceName::Availability)),
            follow_up: Arc::new(parts.neighbors.get(ServiceName::Followup)),
            referral: Arc::new(parts.neighbors.get(ServiceName::Referral)),
            records: Self::NEIGHBORS.iter().map(|name| (*name, records(&parts.neighbors, *name))).collect(),
        };
        let notifier = notifier(&parts.own.notify)?;
        let app = App::new(parts.store, parts.clock, ports, notifier, parts.own.decisions.times(), parts.streams);
        let worker = worker(&app, parts.service.duties);
        let rpc = IntakeRpc::new(app);
        let server = server
            .add_service(ProgramServiceServer::new(rpc.clone()))
            .add_service(ContactServiceServer::new(rpc.clone()))
            .add_service(ConsentServiceServer::new(rpc.clone()))
            .add_service(AccessServiceServer::new(rpc.clone()))
            .add_service(DecisionServiceServer::new(rpc.clone()))
            .add_service(DisclosureServiceServer::new(rpc.clone()))
            .add_service(MeshServiceServer::new(rpc));
        Ok(Assembly { server, worker, background: Vec::new() })
    }
}

fn records(neighbors: &Neighbors, name: ServiceName) -> Arc<dyn RecordsPort> {
    Arc::new(neighbors.get(name))
}

/// The worker that fulfills what intake owes.
pub fn worker(app: &Arc<App>, settings: DutySettings) -> Worker {
    duties::worker(app, settings)
}
