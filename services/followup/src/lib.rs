//! Followup: the obligation to reach a person again after a contact, until they are reached, decline, or somebody must
//! decide; and the digest that tells their care team what happened.
//!
//! # The way of a plan
//! Intake says that a contact has ended (`rpc::plan_follow_ups`). The domain makes the plan by the schedule of its
//! acuity and of how it ended ([`domain::asking`]); the first attempt is owed for when it is due (`duties::attempt`), and
//! the word that it is late for when it must have been made (`duties::overdue`). Then intake opens an outbound contact,
//! and tells how it ended (`rpc::record_attempt`): the plan ends, or the next attempt is owed. At the end intake is told
//! that no follow-up is left (`duties::ended`). A supervisor may end a plan (`rpc::stop_follow_ups`) or open it anew.
//!
//! # Invariants
//! - One plan a contact, for ever; at most one open attempt a plan. The database enforces both.
//! - A planned attempt and the duty to make it commit together: nobody is forgotten by a crash.
//! - An attempt that no counselor made ends no plan and puts no latest time off.
//! - Acuity only rises, an open attempt is only brought forward, a digest is only read further.
//! - Intake is told an end of everything that it asked, even where asking changed nothing else.
//!
//! # Not chosen
//! A scheduler that scans for due attempts: the duty is the timer. Calendars and quiet hours: not part of the protocol
//! yet.

mod app;
pub mod domain;
mod duties;
mod error;
pub mod ports;
mod role;
mod rpc;
mod settings;
mod store;

use std::sync::Arc;

use harborline_duties::{DutyRun, Worker};
use harborline_store::migrator;
use sqlx::migrate::Migrator;

pub use app::App;
pub use error::FollowUpError;
pub use role::Followup;
pub use rpc::FollowUpRpc;
pub use settings::{AcuitySettings, DEFAULTS, FollowUpSettings, Settings};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The whole schema of followup's database.
pub fn schema() -> Migrator {
    migrator(&[&harborline_store::MIGRATIONS, &harborline_duties::MIGRATIONS, &MIGRATIONS])
}

/// Adds what followup owes to a worker.
pub fn duties_of(worker: Worker, app: &App, intake: Arc<dyn ports::IntakePort>) -> Worker {
    let (attempting, attempt_intake) = (app.clone(), intake.clone());
    let (awaiting, overdue_intake) = (app.clone(), intake.clone());
    let (ending, ended_intake) = (app.clone(), intake);
    worker
        .on(duties::attempt::KIND, move |run: DutyRun| {
            duties::attempt::run(attempting.clone(), attempt_intake.clone(), run)
        })
        .on(duties::overdue::KIND, move |run: DutyRun| {
            duties::overdue::run(awaiting.clone(), overdue_intake.clone(), run)
        })
        .on(duties::ended::KIND, move |run: DutyRun| duties::ended::run(ending.clone(), ended_intake.clone(), run))
}
