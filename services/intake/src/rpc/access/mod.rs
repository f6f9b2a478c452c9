//! `AccessService`: the accounting of accesses to a person's record.

mod list_accesses;

use super::Rpc;

harborline_proto::delegate!(intake::v1::AccessService for Rpc);
