//! How a receiver knows that a page is ours: by the Standard Webhooks specification, version 1, for which there are ready
//! verifiers in every language (<https://www.standardwebhooks.com>).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};
use standardwebhooks::Webhook;

/// The headers of the specification. The id of a delivery is the page's own, the same whenever it is sent again.
pub use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};

/// The bytes of a key, by the specification.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Whether a text is a secret of the specification: the base64 of 24 to 64 bytes, perhaps behind `whsec_`.
pub(crate) fn is_secret(text: &str) -> bool {
    let key = BASE64_STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text));
    key.is_ok_and(|key| KEY_BYTES.contains(&key.len()))
}

/// The value of [`HEADER_WEBHOOK_SIGNATURE`] for a body that is sent at `seconds`: a signature for each secret.
pub(crate) fn signature(secrets: &[SecretString], id: &str, seconds: i64, body: &[u8]) -> String {
    let sign = |secret: &SecretString| Webhook::new(secret.expose_secret())?.sign(id, seconds, body);
    // Neither fails: the secrets were read as such, and the body is JSON.
    let signatures: Vec<_> = secrets.iter().filter_map(|secret| sign(secret).ok()).collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specifications_own_example() {
        let secret = SecretString::from("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signed = signature(&[secret], "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body);
        assert_eq!(signed, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn a_secret_is_the_base64_of_24_to_64_bytes() {
        for (bytes, is_one) in [(23, false), (24, true), (64, true), (65, false)] {
            let secret = BASE64_STANDARD.encode(vec![7; bytes]);
            assert_eq!(is_secret(&secret), is_one, "{bytes}");
            assert_eq!(is_secret(&format!("whsec_{secret}")), is_one, "{bytes}");
        }
        assert!(!is_secret("a sentence, and long enough to be a secret"));
    }
}
