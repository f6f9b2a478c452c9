//! Intake as a process.

use std::sync::Arc;

use harborline_audit::RecordsPort;
use harborline_identity::ServiceName;
use harborline_notify::notifier;
use harborline_runtime::ServerBuilder;
use harborline_service::{Assembly, BoxError, Neighbors, Parts, Role};
use sqlx::migrate::Migrator;

use crate::app::{App, Ports};
use crate::settings::{DEFAULTS, Settings};
use crate::{duties, rpc, store};

/// What an operator without a receiver of pages should know.
const NOBODY_IS_PAGED: &str = "nobody is paged when a supervisor must decide: notify.webhook_url is empty";

/// The role `intake`.
#[derive(Debug)]
pub struct Intake;

impl Role for Intake {
    const NAME: ServiceName = ServiceName::Intake;
    const DEFAULTS: &'static str = DEFAULTS;
    const NEIGHBORS: &'static [ServiceName] =
        &[ServiceName::Triage, ServiceName::Availability, ServiceName::Referral, ServiceName::Followup];
    type Settings = Settings;

    fn migrations() -> &'static Migrator {
        &store::MIGRATIONS
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
        let (server, worker) = (rpc::register(server, &app), duties::register(parts.worker, &app));
        Ok(Assembly { server, worker, background: Vec::new() })
    }
}

fn records(neighbors: &Neighbors, name: ServiceName) -> Arc<dyn RecordsPort> {
    Arc::new(neighbors.get(name))
}
