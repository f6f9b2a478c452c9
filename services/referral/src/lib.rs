//! Referral: finds where a person can go, offers, and tracks until somebody there has taken the person.
//!
//! # The data's way
//! A counselor creates a referral ([`rpc`]); it is registered with intake; the domain picks the first facility that fits
//! ([`domain`]) and the store writes the referral, the offer, the event and the duty `claim-by` in one transaction
//! ([`store`]). The clinic's stream is woken and shows the offer without the summary. A claim discloses the summary and owes
//! the duty `accept-by`; an acceptance names an owner and owes intake the news (duty `accepted`, [`duties`]); a refusal, or
//! silence until `claim_by` or `accept_by`, asks the next facility, until none is left. Each end owes intake the news (duty
//! `ended`).
//!
//! # Invariants
//! - Never two clinics hold a referral, and at most one accepts it: the domain says it, an index enforces it.
//! - Intake knows of a referral from before its commit until after its end, so that custody lasts as long. An id that intake
//!   was told nobody has is never given to a referral.
//! - The summary reaches a clinic only from its claim on, only when intake has just said that it may, and with all that must
//!   go with it; each time is on record before. It is kept in one table.
//! - Changes that concern a clinic are numbered in the order in which they become visible, so a cursor skips none.
//!
//! # Not chosen
//! Asking several clinics at once (two could prepare for one person); registering with intake by a duty after the commit
//! (custody could end in between); and messages to a clinic (a stream that reads
//! state cannot lose one).

pub mod app;
mod asking;
pub mod domain;
pub mod duties;
pub mod error;
pub mod ports;
pub mod rpc;
pub mod settings;
pub mod store;

use std::sync::Arc;

use harborline_contacts::Contacts;
use harborline_duties::Worker;
use harborline_identity::ServiceName;
use harborline_proto::partner::v1::partner_service_server::PartnerServiceServer;
use harborline_proto::referral::v1::disclosure_service_server::DisclosureServiceServer;
use harborline_proto::referral::v1::referral_service_server::ReferralServiceServer;
use harborline_runtime::ServerBuilder;
use harborline_service::{Assembly, BoxError, Parts, Role};
use sqlx::migrate::Migrator;

use crate::app::App;
use crate::ports::Intake;
use crate::rpc::{DisclosureRpc, PartnerRpc, ReferralRpc};
use crate::settings::Settings;

/// The schema of this service alone.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The service that finds where a person can go.
#[derive(Debug)]
pub struct Referral;

impl Role for Referral {
    const NAME: ServiceName = ServiceName::Referral;
    const DEFAULTS: &'static str = settings::DEFAULTS;
    const NEIGHBORS: &'static [ServiceName] = &[ServiceName::Intake];
    type Settings = Settings;

    fn schema() -> Migrator {
        harborline_store::migrator(&[&harborline_store::MIGRATIONS, &harborline_duties::MIGRATIONS, &MIGRATIONS])
    }

    fn assemble(parts: Parts<Settings>, server: ServerBuilder) -> Result<Assembly, BoxError> {
        let intake = parts.neighbors.get(ServiceName::Intake);
        let contacts = Contacts::of(Arc::new(intake.clone()));
        let intake = Arc::new(Intake::new(intake));
        let app = App::new(parts.store.clone(), parts.clock.clone(), intake, contacts, parts.own);
        let server = server
            .add_service(ReferralServiceServer::new(ReferralRpc::new(app.clone())))
            .add_service(DisclosureServiceServer::new(DisclosureRpc::new(app.clone())))
            .add_service(PartnerServiceServer::new(PartnerRpc::new(app.clone(), parts.streams)));
        let worker = Worker::new(parts.store, parts.clock, Self::NAME, parts.service.duties);
        Ok(Assembly { server, worker: duties::register(worker, &app), background: Vec::new() })
    }
}
