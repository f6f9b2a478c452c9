//! `MeasureService`: how fast contacts were answered, and how counselors spent their time.

mod get_measures;

use super::Rpc;

harborline_proto::delegate!(availability::v1::MeasureService for Rpc);
