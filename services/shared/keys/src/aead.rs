//! AES-256-GCM with a header that names the version of the key.
//!
//! `format (1) | version (4, big-endian) | nonce (12) | ciphertext | tag (16)`. The header is authenticated.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

use crate::DataKey;

/// The one format there is.
const FORMAT: u8 = 1;
/// Bytes before the nonce.
const HEADER: usize = 5;

/// Why a value cannot be sealed or opened. It tells nothing of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is sealed by a version of the key that is not known here, or not yet.
    #[error("the key's version is not known here")]
    VersionUnknown,
    /// It was altered, belongs elsewhere, or was sealed by another key.
    #[error("the sealed value does not open")]
    Broken,
    /// It is not what was asked for, or cannot be written down.
    #[error("the sealed value has another shape")]
    Shape,
    /// The system has no randomness to give.
    #[error("there is no randomness")]
    Randomness,
}

/// A key ready for use. What the library expands it to is freed with it.
pub(crate) struct Cipher(RandomizedNonceKey);

impl Cipher {
    pub(crate) fn new(key: &DataKey) -> Result<Self, KeyError> {
        RandomizedNonceKey::new(&AES_256_GCM, key.bytes()).map(Self).map_err(|_| KeyError::Broken)
    }

    /// Seals in place; the text is not in memory afterwards.
    pub(crate) fn seal(&self, version: u32, place: &[u8], mut text: Zeroizing<Vec<u8>>) -> Result<Vec<u8>, KeyError> {
        let header = header(version);
        let associated = Aad::from([&header, place].concat());
        // With room for the tag, so that growing does not leave a copy behind.
        text.reserve_exact(AES_256_GCM.tag_len());
        let nonce = self.0.seal_in_place_append_tag(associated, &mut *text).map_err(|_| KeyError::Randomness)?;
        let nonce: &[u8; NONCE_LEN] = nonce.as_ref();
        Ok([&header, nonce.as_slice(), &text].concat())
    }

    pub(crate) fn open(&self, version: u32, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let (nonce, rest) =
            sealed.get(HEADER..).and_then(<[u8]>::split_first_chunk::<NONCE_LEN>).ok_or(KeyError::Broken)?;
        let associated = Aad::from([&header(version), place].concat());
        let mut text = Zeroizing::new(rest.to_vec());
        let length =
            self.0.open_in_place(Nonce::from(nonce), associated, &mut text).map_err(|_| KeyError::Broken)?.len();
        text.truncate(length);
        Ok(text)
    }
}

/// The version of the key that sealed a value.
pub(crate) fn version_of(sealed: &[u8]) -> Result<u32, KeyError> {
    match sealed.split_first_chunk::<HEADER>() {
        Some(([FORMAT, version @ ..], _)) => Ok(u32::from_be_bytes(*version)),
        _ => Err(KeyError::Broken),
    }
}

fn header(version: u32) -> [u8; HEADER] {
    let [a, b, c, d] = version.to_be_bytes();
    [FORMAT, a, b, c, d]
}
