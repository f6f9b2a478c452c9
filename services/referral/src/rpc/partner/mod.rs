//! `PartnerService`: all that a clinic sees. The clinic is the one of the access token.

mod accept_referral;
mod claim_referral;
mod complete_referral;
mod decline_referral;
mod disclosure;
mod get_referral;
mod watch_referrals;

use super::Rpc;

harborline_proto::delegate!(partner::v1::PartnerService for Rpc);
