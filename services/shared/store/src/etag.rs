//! The version of what people edit: two who change it at once do not undo each other's work.

use prost::Message;
use uuid::Uuid;

use crate::StoreError;

/// The version of a content, which another content does not have. `content` is the message without its `etag` and without
/// what changes by itself.
pub fn etag(content: &impl Message) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &content.encode_to_vec()).simple().to_string()
}

/// Whether the caller edits the content that is there. A caller who names no version edits whatever is there.
///
/// # Errors
/// `ETAG_MISMATCH` when it is another content, or none.
pub fn check_etag(read: &str, current: Option<&str>) -> Result<(), StoreError> {
    if read.is_empty() || Some(read) == current { Ok(()) } else { Err(StoreError::EtagMismatch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_the_contents_and_only_an_edit_of_it_is_let_through() {
        let (one, other) = (etag(&"one".to_owned()), etag(&"other".to_owned()));
        assert_eq!(one, etag(&"one".to_owned()));
        assert!(
            check_etag(&one, Some(&one)).is_ok() && check_etag("", Some(&one)).is_ok() && check_etag("", None).is_ok()
        );
        for current in [Some(other.as_str()), None] {
            assert!(matches!(check_etag(&one, current), Err(StoreError::EtagMismatch)));
        }
    }
}
