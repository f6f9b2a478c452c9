//! A contact as its caller may see it.

use harborline_identity::{Call, Role};
use harborline_proto::intake::v1 as pb;
use harborline_types::CallerKind;

use crate::domain::contact::Contact;
use crate::wire;

/// The contact, as the caller may see it: a family member with an access token of their own is told nothing of the
/// participant, not even whether there is one.
pub(super) fn seen_by(call: &Call, contact: &Contact) -> pb::Contact {
    let mut seen = wire::contact(contact);
    if contact.caller == CallerKind::FamilyMember && call.has_role(Role::FamilyMember) {
        seen.participant_id.clear();
    }
    seen
}
