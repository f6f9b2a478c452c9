//! `AttendService`: a counselor on duty, what is offered to them, and what they answer.

mod accept_offer;
#[expect(clippy::module_inception, reason = "an RPC of the name of its service")]
mod attend;
mod decline_offer;
mod finish_wrap_up;
mod leave_shift;
mod set_break;

use super::Rpc;

harborline_proto::delegate!(availability::v1::AttendService for Rpc);
