//! `TriageService`: screenings, assessments, and judgments of the acuity.

mod assess_contact;
mod confirm_lowering;
mod get_assessment;
mod get_lowering;
mod get_protocol;
mod judge_acuity;
mod locked_contact;
mod record_screening;
mod verified_contact;

use super::Rpc;

harborline_proto::delegate!(triage::v1::TriageService for Rpc);
