//! `ConsentService`: consents, from their signature to their end.

mod confirm_consent;
mod expire_consent;
mod list_consents;
mod record_consent;
mod revoke_consent;

use super::Rpc;

harborline_proto::delegate!(intake::v1::ConsentService for Rpc);
