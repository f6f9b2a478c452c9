//! `DisclosureService`: what a family member may be told, and emergency access.

mod break_glass;
mod decide_family_disclosure;
mod end_break_glass;
mod list_break_glass;
mod review_break_glass;

use super::Rpc;

harborline_proto::delegate!(intake::v1::DisclosureService for Rpc);
