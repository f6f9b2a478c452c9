//! `TransferService`: another counselor takes a contact over (transfer), or one more joins it (conference).

mod cancel_transfer;
mod complete_transfer;
mod end_conference;
mod leave_conference;
mod request_conference;
mod request_transfer;

use super::Rpc;

harborline_proto::delegate!(availability::v1::TransferService for Rpc);
