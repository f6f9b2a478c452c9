//! `CallerService`: who the caller of a contact turned out to be.

mod identify_caller;
mod linking;
mod list_identifications;
mod verify_caller;

use super::Rpc;

harborline_proto::delegate!(intake::v1::CallerService for Rpc);
