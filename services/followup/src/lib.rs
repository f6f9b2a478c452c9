//! Followup: the obligation to reach a person again after a contact, until they are reached, decline, or somebody must
//! decide; and the digest that tells their care team what happened.
//!
//! # The way of a plan
//! Intake says that a contact has ended (`PlanFollowUps`). The domain makes the plan by the schedule of its
//! acuity and of how it ended ([`domain::asking`]); the first attempt is owed for when it is due (duty `attempt`), and
//! the word that it is late for when it must have been made (duty `overdue`). Then intake opens an outbound contact,
//! and tells how it ended (`RecordAttempt`): the plan ends, or the next attempt is owed. At the end intake is told
//! that no follow-up is left (duty `ended`). A supervisor may end a plan (`StopFollowUps`) or open it anew.
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
pub mod duties;
mod error;
pub mod ports;
mod role;
mod rpc;
mod settings;
mod store;
mod wire;

pub use app::App;
pub use error::FollowUpError;
pub use role::Followup;
pub use rpc::Rpc;
pub use settings::{AcuitySettings, DEFAULTS, FollowUpSettings, Settings};
