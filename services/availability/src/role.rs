//! The service as a process: what it stands on, what it serves, what runs beside.

use std::sync::Arc;

use futures::FutureExt;
use harborline_duties::Worker;
use harborline_identity::ServiceName;
use harborline_notify::notifier;
use harborline_proto::availability::v1::attend_service_server::AttendServiceServer;
use harborline_proto::availability::v1::board_service_server::BoardServiceServer;
use harborline_proto::availability::v1::coverage_service_server::CoverageServiceServer;
use harborline_proto::availability::v1::measure_service_server::MeasureServiceServer;
use harborline_proto::availability::v1::roster_service_server::RosterServiceServer;
use harborline_proto::availability::v1::shift_service_server::ShiftServiceServer;
use harborline_proto::availability::v1::ticket_service_server::TicketServiceServer;
use harborline_proto::availability::v1::transfer_service_server::TransferServiceServer;
use harborline_runtime::ServerBuilder;
use harborline_service::{Assembly, BoxError, Parts, Role};
use harborline_store::migrator;
use harborline_telemetry::metrics::meter;
use harborline_types::Clock;
use harborline_zones::Zones;
use opentelemetry::KeyValue;
use sqlx::migrate::Migrator;

use crate::rpc::{self, Services};
use crate::settings::{DEFAULTS, Settings};
use crate::{App, Intake, MIGRATIONS, Paging, Process, duties, matcher};

/// What an operator should know who has configured no receiver of pages.
const NOBODY_IS_PAGED: &str = "nobody is paged when a contact waits too long: notify.webhook_url is empty";

/// The role `availability`.
pub struct Availability;

impl Role for Availability {
    const NAME: ServiceName = ServiceName::Availability;
    const DEFAULTS: &'static str = DEFAULTS;
    const NEIGHBORS: &'static [ServiceName] = &[ServiceName::Intake];
    type Settings = Settings;

    fn schema() -> Migrator {
        migrator(&[&harborline_store::MIGRATIONS, &harborline_duties::MIGRATIONS, &MIGRATIONS])
    }

    fn remarks(own: &Settings) -> Vec<String> {
        let nobody = (!own.notify.is_configured()).then(|| NOBODY_IS_PAGED.to_owned());
        let zones = own.zones.zones().ok();
        let outdated = zones.and_then(|zones| zones.outdated(Clock::System.now().date_naive()));
        nobody.into_iter().chain(outdated).collect()
    }

    fn facts(own: &Settings) -> Vec<String> {
        own.zones.zones().map(|zones| format!("time zones: {}", described(&zones))).into_iter().collect()
    }

    fn assemble(parts: Parts<Settings>, server: ServerBuilder) -> Result<Assembly, BoxError> {
        let Parts { store, clock, own, service, neighbors, streams, computations, shutdown } = parts;
        measure_zones(harborline_zones::install(own.zones.zones()?));
        let intake = Arc::new(Intake::over(neighbors.get(ServiceName::Intake)));
        // A quarter of the worker: slow pages leave room for the duties that tell intake who has a contact.
        let pages_at_once = service.duties.concurrency / 4;
        let paging = Paging::new(notifier(&own.notify)?, own.notify.page_again_after(), pages_at_once);
        let worker = Worker::new(store.clone(), clock.clone(), Self::NAME, service.duties);
        let app = App::new(store, clock, intake, own.dispatch, paging, Process { streams, computations, shutdown });

        let services = Services::new(app.clone());
        let server = server
            .add_service(RosterServiceServer::new(services.clone()))
            .add_service(AttendServiceServer::new(services.clone()))
            .add_service(TicketServiceServer::new(services.clone()))
            .add_service(ShiftServiceServer::new(services.clone()))
            .add_service(CoverageServiceServer::new(services.clone()))
            .add_service(MeasureServiceServer::new(services.clone()))
            .add_service(BoardServiceServer::new(services.clone()))
            .add_service(TransferServiceServer::new(services));
        let worker = duties::register(worker, &app);
        let background = vec![matcher::supervise(app.clone()).boxed(), rpc::beat(app).boxed()];
        Ok(Assembly { server, worker, background })
    }
}

/// Where zones come from and of which release they are.
fn described(zones: &Zones) -> String {
    format!("{} ({})", release(zones), zones.place())
}

fn release(zones: &Zones) -> String {
    zones.version().map_or_else(|| "release unknown".to_owned(), |version| version.to_string())
}

/// Shows which zones count, as labels of a gauge that is always 1.
fn measure_zones(zones: &Zones) {
    let labels = [
        KeyValue::new("harborline.zones.release", release(zones)),
        KeyValue::new("harborline.zones.place", zones.place()),
    ];
    meter().u64_gauge("harborline.availability.zones").build().record(1, &labels);
}
