//! Transport: unwrap, call the story, wrap.

mod partner;
mod program;
mod wire;

pub use partner::PartnerRpc;
pub use program::ReferralRpc;
