//! Intake, the hub of a contact: opens it from any channel, knows who is calling, drives it to a human, and records whose
//! the person is and how it ended.
//!
//! # The way of the data
//! A request is parsed whole, then one transaction claims its request id, locks what it changes, lets the domain decide
//! (`domain/`), writes the contact, its custody and what follows from it as duties, and commits with the answer. Nothing
//! waits for another service there; duties do (`duties/`), and run again until their neighbor has answered. What the
//! neighbors tell comes back through the mesh contract, in any order and more than once: it is numbered, and an older
//! number changes nothing.
//!
//! What may be told to whom is decided by harborline-disclosure from the consents and emergency accesses that are
//! committed at that moment; nothing of such a decision is kept for later.
//!
//! # Invariants
//! - A contact that was opened is in the database with its duty to be routed, or it was not opened (P1).
//! - Exactly one owner at every instant: a chain of intervals that the database refuses to break, and whose owner follows
//!   from what is open of the contact and of all that came of it (P4).
//! - Ended stays ended.
//!
//! # Not chosen
//! Asking triage and availability while the front end waits: it would make two services answer for what one can keep.

mod app;
mod assignment;
pub mod domain;
pub mod duties;
mod error;
mod fired_rules;
pub mod ports;
mod role;
mod rpc;
mod settings;
mod store;
mod wire;

pub use app::{App, Ports};
pub use role::Intake;
pub use rpc::Rpc;
pub use settings::{DecisionSettings, DecisionTimes, Settings};
