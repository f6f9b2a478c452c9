//! `ContactService`: a contact from its opening to its end.

mod close_contact;
mod complete_closing_duty;
mod confirm_hand_off;
mod get_contact;
mod get_contact_details;
mod leave_contact;
mod list_contacts;
mod list_custody;
mod open_contact;
mod opening;
mod watch_contact;

use super::Rpc;

harborline_proto::delegate!(intake::v1::ContactService for Rpc);
