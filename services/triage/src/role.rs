//! Triage as a process.

use std::sync::Arc;

use harborline_contacts::Contacts;
use harborline_duties::Worker;
use harborline_identity::ServiceName;
use harborline_proto::triage::v1::triage_service_server::TriageServiceServer;
use harborline_runtime::ServerBuilder;
use harborline_service::{Assembly, BoxError, Parts, Role};
use sqlx::migrate::Migrator;

use crate::ports::Intake;
use crate::{App, DEFAULTS, Settings, TriageRpc, duties, schema};

/// The role.
pub struct Triage;

impl Role for Triage {
    const NAME: ServiceName = ServiceName::Triage;
    const DEFAULTS: &'static str = DEFAULTS;
    const NEIGHBORS: &'static [ServiceName] = &[ServiceName::Intake];
    type Settings = Settings;

    fn schema() -> Migrator {
        schema()
    }

    fn assemble(parts: Parts<Settings>, server: ServerBuilder) -> Result<Assembly, BoxError> {
        let protocol = parts.own.triage.protocol().map_err(|faults| faults.join("; "))?;
        let intake = parts.neighbors.get(ServiceName::Intake);
        let contacts = Contacts::of(Arc::new(intake.clone()));
        let holds = parts.own.triage.lowering_holds();
        let app = App::new(parts.store.clone(), parts.clock.clone(), protocol, holds, contacts);
        let worker = Worker::new(parts.store, parts.clock, Self::NAME, parts.service.duties);
        let intake = Arc::new(Intake::new(intake));
        let worker = duties(worker, &app, intake);
        let server = server.add_service(TriageServiceServer::new(TriageRpc::new(app)));
        Ok(Assembly { server, worker, background: Vec::new() })
    }
}
