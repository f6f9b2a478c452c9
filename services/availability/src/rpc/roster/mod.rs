//! `RosterService`: the pool, its counselors, and the supervisor on call.

mod get_counselor;
mod get_pool;
mod list_counselors;
mod put_counselor;
mod put_pool;
mod put_supervisor_on_call;

use super::Rpc;

harborline_proto::delegate!(availability::v1::RosterService for Rpc);
