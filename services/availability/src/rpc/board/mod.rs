//! `BoardService`: the wallboard of a program.

mod watch_board;

use super::Rpc;

harborline_proto::delegate!(availability::v1::BoardService for Rpc);
