//! `FollowUpService`: plans, their attempts, and the digest for the care team.

mod acknowledge_session_digest;
mod get_follow_up_plan;
mod get_session_digest;
mod list_follow_up_plans;
mod plan_follow_ups;
mod record_attempt;
mod stop_follow_ups;

use super::Rpc;

harborline_proto::delegate!(followup::v1::FollowUpService for Rpc);
