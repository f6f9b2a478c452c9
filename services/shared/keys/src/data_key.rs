//! The bytes of a key.

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::KeyError;

/// Bytes of a key.
pub(crate) const KEY_LENGTH: usize = 32;

/// 256 bits that nobody knows. No `Debug`; wiped when dropped.
///
/// ```compile_fail,E0277
/// let line = format!("{:?}", harborline_keys::DataKey::generate().unwrap());
/// ```
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; KEY_LENGTH]>);

impl DataKey {
    /// A new key of the system's randomness.
    ///
    /// # Errors
    /// When there is none to be had.
    pub fn generate() -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        rand::fill(key.as_mut_slice()).map_err(|_| KeyError::Randomness)?;
        Ok(Self(key))
    }

    /// A key of its bytes.
    ///
    /// # Errors
    /// When they are not 32.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        if bytes.len() != KEY_LENGTH {
            return Err(KeyError::Broken);
        }
        key.copy_from_slice(bytes);
        Ok(Self(key))
    }

    /// The bytes, for a provider that wraps them.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}
