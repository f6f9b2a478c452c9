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

mod app;
mod asking;
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
pub use error::ReferralError;
pub use role::Referral;
pub use rpc::Rpc;
pub use settings::{AcceptSettings, OfferSettings, Settings};
