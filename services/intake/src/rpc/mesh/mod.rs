//! `MeshService`: what the other services tell intake and ask of it.

mod check_disclosure;
mod describe_contact;
mod describe_participant;
mod open_outbound_contact;
mod record_assessment;
mod record_assignment;
mod record_attempt_overdue;
mod record_backup_offered;
mod record_counselor_lost;
mod record_follow_ups_ended;
mod record_joined;
mod record_lowering;
mod record_referral_accepted;
mod record_referral_ended;
mod record_supervisor_on_call;
mod register_referral;

use super::Rpc;

harborline_proto::delegate!(intake::v1::MeshService for Rpc);
