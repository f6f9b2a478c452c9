//! `ReferralService`: facilities and referrals, for the program's own people.

mod cancel_referral;
mod create_referral;
mod get_referral;
mod list_facilities;
mod list_referrals;
mod put_facility;

use super::Rpc;

harborline_proto::delegate!(referral::v1::ReferralService for Rpc);
