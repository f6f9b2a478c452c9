//! `MeasureService`: how fast contacts were answered, and what counselors' time went into.

mod get_measures;

use super::Rpc;

harborline_proto::delegate!(availability::v1::MeasureService for Rpc);
