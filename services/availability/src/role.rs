//! The service as a process: its neighbors and settings, its server, and its background tasks.

use std::sync::Arc;

use futures::FutureExt;
use harborline_identity::ServiceName;
use harborline_notify::notifier;
use harborline_runtime::ServerBuilder;
use harborline_service::{Assembly, BoxError, Parts, Role};
use harborline_telemetry::metrics::meter;
use harborline_types::Clock;
use harborline_zones::Zones;
use opentelemetry::KeyValue;
use sqlx::migrate::Migrator;

use crate::app::{App, Process};
use crate::paging::Paging;
use crate::settings::{DEFAULTS, Settings};
use crate::{duties, heartbeat, matcher, rpc, store};

/// The remark for an operator who has configured no receiver of pages.
const NO_RECEIVER_OF_PAGES: &str = "nobody is paged when a contact waits too long: notify.webhook_url is empty";

/// The role `availability`.
#[derive(Debug)]
pub struct Availability;

impl Role for Availability {
    const NAME: ServiceName = ServiceName::Availability;
    const DEFAULTS: &'static str = DEFAULTS;
    const NEIGHBORS: &'static [ServiceName] = &[ServiceName::Intake];
    type Settings = Settings;

    fn migrations() -> &'static Migrator {
        &store::MIGRATIONS
    }

    fn remarks(own: &Settings) -> Vec<String> {
        let no_receiver = (!own.notify.is_configured()).then(|| NO_RECEIVER_OF_PAGES.to_owned());
        let zones = own.zones.zones().ok();
        let outdated = zones.and_then(|zones| zones.outdated(Clock::System.now().date_naive()));
        no_receiver.into_iter().chain(outdated).collect()
    }

    fn facts(own: &Settings) -> Vec<String> {
        own.zones.zones().map(|zones| format!("time zones: {}", described(&zones))).into_iter().collect()
    }

    fn assemble(parts: Parts<Settings>, server: ServerBuilder) -> Result<Assembly, BoxError> {
        let Parts { store, clock, own, worker, duties_at_once, neighbors, streams, computations, shutdown } = parts;
        measure_zones(harborline_zones::install(own.zones.zones()?));
        let intake = Arc::new(neighbors.get(ServiceName::Intake));
        // A quarter of the worker: slow pages leave room for the duties that tell intake who has a contact.
        let paging = Paging::new(notifier(&own.notify)?, own.notify.page_again_after(), duties_at_once / 4);
        let app = App::new(store, clock, intake, own.dispatch, paging, Process { streams, computations, shutdown });
        let (server, worker) = (rpc::register(server, &app), duties::register(worker, &app));
        let background = vec![matcher::supervise(app.clone()).boxed(), heartbeat::beat(app).boxed()];
        Ok(Assembly { server, worker, background })
    }
}

/// The release of the time zones and the place that they were read from.
fn described(zones: &Zones) -> String {
    format!("{} ({})", release(zones), zones.place())
}

fn release(zones: &Zones) -> String {
    zones.version().map_or_else(|| "release unknown".to_owned(), |version| version.to_string())
}

/// Reports the time zones in use, as labels of a gauge that is always 1.
fn measure_zones(zones: &Zones) {
    let labels = [
        KeyValue::new("harborline.zones.release", release(zones)),
        KeyValue::new("harborline.zones.place", zones.place()),
    ];
    meter().u64_gauge("harborline.availability.zones").build().record(1, &labels);
}
