//! Transport: unwrap, call the story, wrap.

mod hub;
mod partner;
mod program;
mod wire;

pub use hub::DisclosureRpc;
pub use partner::PartnerRpc;
pub use program::ReferralRpc;
