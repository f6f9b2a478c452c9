//! The keys of one program, as one service holds them in memory.

use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::hmac;
use harborline_types::text::compared;
use harborline_types::{Phi, ProgramId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::aead::{Cipher, version_of};
use crate::place::put;
use crate::{DataKey, KeyError, Place, Sealed};

/// One version of a data key.
pub struct DataKeyVersion {
    /// From 1.
    pub version: u32,
    /// From when on it seals. It opens before, so that every replica knows it when the first one uses it.
    pub begins: Instant,
    /// The key.
    pub key: DataKey,
}

struct Version {
    version: u32,
    begins: Instant,
    cipher: Cipher,
}

/// A program's keys: seals, opens and looks up. No `Debug`.
pub struct ProgramKeys {
    /// Program and service, as every value's associated data begins.
    owner: Vec<u8>,
    /// Oldest first; never empty.
    versions: Vec<Version>,
    look_up: hmac::Key,
}

impl ProgramKeys {
    /// The keys of a program in one service.
    ///
    /// # Errors
    /// When there is no version of the data key.
    pub fn new(
        program: ProgramId,
        service: &Arc<str>,
        data: Vec<DataKeyVersion>,
        look_up: &DataKey,
    ) -> Result<Self, KeyError> {
        let ready = |one: DataKeyVersion| {
            Ok(Version { version: one.version, begins: one.begins, cipher: Cipher::new(&one.key)? })
        };
        let mut versions = data.into_iter().map(ready).collect::<Result<Vec<_>, KeyError>>()?;
        versions.sort_by_key(|one| one.version);
        if versions.is_empty() {
            return Err(KeyError::VersionUnknown);
        }
        let mut owner = program.0.as_bytes().to_vec();
        put(&mut owner, service);
        Ok(Self { owner, versions, look_up: hmac::Key::new(hmac::HMAC_SHA256, look_up.bytes()) })
    }

    /// Seals a value, written as JSON, for its place.
    ///
    /// # Errors
    /// When it cannot be written as JSON, or the system has no randomness.
    pub fn seal<T: Serialize>(&self, place: &Place, value: &Phi<T>) -> Result<Sealed, KeyError> {
        self.seal_bytes(place, serde_json::to_vec(value.expose()).map_err(|_| KeyError::Shape)?)
    }

    /// Opens what [`seal`](Self::seal) has sealed for the same place.
    ///
    /// # Errors
    /// When it does not open, its key is not known, or it holds something else.
    pub fn open<T: DeserializeOwned>(&self, place: &Place, sealed: &Sealed) -> Result<Phi<T>, KeyError> {
        let text = self.open_bytes(place, sealed)?;
        serde_json::from_slice(&text).map(Phi::new).map_err(|_| KeyError::Shape)
    }

    /// Seals bytes for their place.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal_bytes(&self, place: &Place, bytes: Vec<u8>) -> Result<Sealed, KeyError> {
        let newest = self.current()?;
        newest.cipher.seal(newest.version, &self.associated(place), Zeroizing::new(bytes)).map(Sealed::of_bytes)
    }

    /// Opens what [`seal_bytes`](Self::seal_bytes) has sealed for the same place. Wiped when dropped.
    ///
    /// # Errors
    /// When it does not open, or its key is not known.
    pub fn open_bytes(&self, place: &Place, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let version = version_of(sealed.bytes())?;
        let known = self.versions.iter().find(|one| one.version == version).ok_or(KeyError::VersionUnknown)?;
        known.cipher.open(version, &self.associated(place), sealed.bytes())
    }

    /// The hash that a value of a kind (`"participant.dedicated_number"`) is found by: values that are compared as
    /// equal have equal hashes, in this program and service alone.
    pub fn look_up(&self, kind: &str, value: &Phi<String>) -> [u8; 32] {
        self.digest(kind, compared(value.expose()).as_bytes())
    }

    /// The same of bytes.
    pub fn digest(&self, kind: &str, bytes: &[u8]) -> [u8; 32] {
        let mut start = self.owner.clone();
        put(&mut start, kind);
        let mut hash = hmac::Context::with_key(&self.look_up);
        hash.update(&start);
        hash.update(bytes);
        let mut digest = [0; 32];
        digest.copy_from_slice(hash.sign().as_ref());
        digest
    }

    /// The version that seals now.
    ///
    /// # Errors
    /// Never: there is always one.
    fn current(&self) -> Result<&Version, KeyError> {
        let now = Instant::now();
        let begun = self.versions.iter().rev().find(|one| one.begins <= now);
        begun.or(self.versions.first()).ok_or(KeyError::VersionUnknown)
    }

    fn associated(&self, place: &Place) -> Vec<u8> {
        let mut all = self.owner.clone();
        place.write(&mut all);
        all
    }
}
