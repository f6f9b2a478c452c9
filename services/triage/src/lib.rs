//! Triage: turns what is known of a contact into an acuity, what the contact needs and the duties before it may close.
//!
//! # The way of a fact
//! An RPC parses it (`rpc`), opens the contact's facts under a lock (`store::contact_facts`), lets the domain conclude
//! from everything known ([`domain::known`], by the protocol of [`domain::protocol`] and the acuity rule of
//! [`domain::acuity_rule`]), appends the conclusion (`store::assessment`), and owes intake the report (`duties`).
//!
//! # Invariants
//! - Software never lowers a contact's acuity (P5); a clinician does, and somebody else confirms it.
//! - Assessments of a contact follow one another without gap, and none is changed: the database refuses it.
//! - Answers to a screen stay here; others see conclusions.
//! - A person's word is taken about a contact of the program only: one that intake has named, or vouches for when asked.
//!   No other RPC calls another service: intake is told by a duty.
//!
//! # Not chosen
//! Protocols as code (a clinician signs off a file, not a program), and an expression language for rules (five kinds of
//! condition say all that the table needs, and every one can be checked at start).

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
pub use error::TriageError;
pub use role::Triage;
pub use rpc::Rpc;
pub use settings::{Settings, TriageSettings};
