//! `DisclosureService`: what intake asks of referral and tells it.

mod describe_referral;
mod record_consent_revoked;

use super::Rpc;

harborline_proto::delegate!(referral::v1::DisclosureService for Rpc);
