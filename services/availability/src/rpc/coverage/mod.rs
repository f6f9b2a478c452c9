//! `CoverageService`: how many counselors must be on duty, and whether they will be.

mod forecast_coverage;
mod get_coverage;
mod list_coverage_requirements;
mod put_coverage_requirement;
mod remove_coverage_requirement;

use super::Rpc;

harborline_proto::delegate!(availability::v1::CoverageService for Rpc);
