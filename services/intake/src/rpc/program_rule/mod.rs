//! `ProgramRuleService`: what programs want done and not done on the line.

mod end_program_rule;
mod list_fired_rules;
mod list_program_rule_versions;
mod list_program_rules;
mod put_program_rule;
mod record_self_harm;

use super::Rpc;

harborline_proto::delegate!(intake::v1::ProgramRuleService for Rpc);
