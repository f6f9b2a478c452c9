//! Followup as a process.

use std::sync::Arc;

use harborline_contacts::Contacts;
use harborline_duties::Worker;
use harborline_identity::ServiceName;
use harborline_proto::followup::v1::follow_up_service_server::FollowUpServiceServer;
use harborline_runtime::ServerBuilder;
use harborline_service::{Assembly, BoxError, Parts, Role};
use sqlx::migrate::Migrator;

use crate::ports::Intake;
use crate::{App, DEFAULTS, FollowUpRpc, Settings, duties_of, schema};

/// The role.
pub struct Followup;

impl Role for Followup {
    const NAME: ServiceName = ServiceName::Followup;
    const DEFAULTS: &'static str = DEFAULTS;
    const NEIGHBORS: &'static [ServiceName] = &[ServiceName::Intake];
    type Settings = Settings;

    fn schema() -> Migrator {
        schema()
    }

    fn assemble(parts: Parts<Settings>, server: ServerBuilder) -> Result<Assembly, BoxError> {
        let intake = parts.neighbors.get(ServiceName::Intake);
        let contacts = Contacts::of(Arc::new(intake.clone()));
        let app = App::new(parts.store.clone(), parts.clock.clone(), parts.own.followup.schedules(), contacts);
        let worker = Worker::new(parts.store, parts.clock, Self::NAME, parts.service.duties);
        let intake = Arc::new(Intake::new(intake));
        let worker = duties_of(worker, &app, intake);
        let server = server.add_service(FollowUpServiceServer::new(FollowUpRpc::new(app)));
        Ok(Assembly { server, worker, background: Vec::new() })
    }
}
