//! `ProgramService`: a program, its participants and their care brief.

mod end_part2_protection;
pub(super) mod enroll_participant;
mod get_care_brief;
mod get_program;
mod put_program;

use super::Rpc;

harborline_proto::delegate!(intake::v1::ProgramService for Rpc);
