//! `ParticipantService`: participants as people, and how they are found.

mod change_participant_status;
mod find_participants;
mod get_participant;
mod import_participants;
mod list_participants;
mod record_whereabouts;
mod replace_verification_phrase;
mod update_participant;

use super::Rpc;

harborline_proto::delegate!(intake::v1::ParticipantService for Rpc);
