//! `DecisionService`: what only a supervisor may decide.

mod list_decisions;
mod make_decision;

use super::Rpc;

harborline_proto::delegate!(intake::v1::DecisionService for Rpc);
