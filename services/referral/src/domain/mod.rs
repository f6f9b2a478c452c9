//! The rules, pure: everything takes `now`, and nothing knows of transport or database.

mod choice;
pub mod disclosure;
mod facility;
mod referral;
#[cfg(test)]
mod referral_tests;
pub mod task;
mod terms;
mod view;
mod words;

pub use choice::{Asking, facilities_to_ask, next_facility};
pub use facility::{Facility, Place, UnknownPlace};
pub use referral::{Draft, Event, Lapse, Offer, Owner, Referral, Refused, Step, TooMany};
pub use terms::Terms;
pub use view::ClinicView;
pub use words::{DeclineReason, EventKind, OfferState, ReferralState, ServiceKind};
