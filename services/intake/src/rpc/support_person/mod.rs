//! `SupportPersonService`: family members and other support persons of participants.

mod add_support_person;
mod admitted;
mod end_support_person;
mod find_support_persons;

mod list_support_persons;
mod update_support_person;

use super::Rpc;

harborline_proto::delegate!(intake::v1::SupportPersonService for Rpc);
