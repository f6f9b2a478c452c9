//! Followup as a process.

use std::sync::Arc;

use harborline_contacts::Contacts;
use harborline_identity::ServiceName;
use harborline_runtime::ServerBuilder;
use harborline_service::{Assembly, BoxError, Parts, Role};
use sqlx::migrate::Migrator;

use crate::app::App;
use crate::settings::{DEFAULTS, Settings};
use crate::{duties, rpc, store};

/// The role `followup`.
#[derive(Debug)]
pub struct Followup;

impl Role for Followup {
    const NAME: ServiceName = ServiceName::Followup;
    const DEFAULTS: &'static str = DEFAULTS;
    const NEIGHBORS: &'static [ServiceName] = &[ServiceName::Intake];
    type Settings = Settings;

    fn migrations() -> &'static Migrator {
        &store::MIGRATIONS
    }

    fn assemble(parts: Parts<Settings>, server: ServerBuilder) -> Result<Assembly, BoxError> {
        let intake = Arc::new(parts.neighbors.get(ServiceName::Intake));
        let contacts = Contacts::of(intake.clone());
        let app = App::new(parts.store, parts.clock, parts.own.followup.schedules(), intake, contacts);
        let (server, worker) = (rpc::register(server, &app), duties::register(parts.worker, &app));
        Ok(Assembly { server, worker, background: Vec::new() })
    }
}
