//! `TransferService`: another counselor for a contact, or one more.

mod cancel_transfer;
mod complete_transfer;
mod end_conference;
mod leave_conference;
mod request_conference;
mod request_transfer;

use super::Rpc;

harborline_proto::delegate!(availability::v1::TransferService for Rpc);
