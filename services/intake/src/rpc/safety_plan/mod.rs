//! `SafetyPlanService`: safety plans, which participants and counselors write together.

mod add_safety_plan_entry;
mod agree_to_safety_plan;
mod change_safety_plan_entry;
mod compare_safety_plan_versions;
mod edited;
mod get_safety_plan;
mod get_safety_plan_text;
mod list_safety_plan_versions;
mod move_safety_plan_entry;
mod remove_safety_plan_entry;
mod review_safety_plan;
mod watch_safety_plan;

use super::Rpc;

harborline_proto::delegate!(intake::v1::SafetyPlanService for Rpc);
