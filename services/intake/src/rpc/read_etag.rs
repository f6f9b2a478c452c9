//! The version that an edit is of.

use harborline_status::Fields;

/// Reads the version that was read, which is required.
pub(super) fn etag(fields: &mut Fields, etag: &str) -> Option<String> {
    if etag.is_empty() {
        fields.fault("etag", "is required: the version that was read");
        return None;
    }
    Some(etag.to_owned())
}
