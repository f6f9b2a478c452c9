//! How a receiver knows that a page is ours: an HMAC over the time and the body.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header with the time and the signatures: `t=<unix seconds>,v1=<hex>[,v1=<hex>]`, one `v1` a secret. Each is the
/// HMAC-SHA-256 of `<t>.<body>` under that secret.
pub const SIGNATURE: &str = "harborline-signature";
/// The header with the id of the page, the same whenever it is sent again.
pub const DELIVERY_ID: &str = "harborline-delivery-id";

/// The value of [`SIGNATURE`] for a body that is sent at `seconds`.
pub(crate) fn signature(secrets: &[SecretString], seconds: i64, body: &[u8]) -> String {
    let mut value = format!("t={seconds}");
    for secret in secrets {
        // A key of HMAC may have any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else { continue };
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(body);
        value.push_str(",v1=");
        for byte in mac.finalize().into_bytes() {
            // Writing to a String succeeds.
            let _ = write!(value, "{byte:02x}");
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_openssl_makes() {
        // printf '1700000000.{"id":1}' | openssl dgst -sha256 -hmac 'a secret of a test, long enough for it'
        let secret = SecretString::from("a secret of a test, long enough for it");
        let expected = "701bcf57a0fe290558f85339a1d6c47ee09f4131d12e006f15c7bfd5c1263a3a";
        assert_eq!(signature(&[secret], 1_700_000_000, b"{\"id\":1}"), format!("t=1700000000,v1={expected}"));
    }
}
