//! What operators do with a program's keys, beside the running services: they take notice by themselves.

use std::time::Duration;

use harborline_keys::{DataKey, ProviderError};
use harborline_types::ProgramId;

use super::rows::{KeyPurpose, key_add, key_rewrap, keys_of};
use crate::{Store, StoreError};

/// A new version of a program's data key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRotated {
    /// The version.
    pub version: i32,
    /// When it begins to seal. Until then the services learn of it.
    pub begins_in: Duration,
}

/// One of a program's keys in this service, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// `data` or `look_up`.
    pub purpose: &'static str,
    /// Its version.
    pub version: i32,
    /// Which of the provider's keys has wrapped it.
    pub wrapped_by: String,
    /// When it begins to seal; zero when it does.
    pub begins_in: Duration,
}

impl Store {
    /// Gives a program a new version of its data key in this service: what is written from its beginning on is sealed
    /// by it, and what was written before still opens. The program's first key is made if it has none.
    ///
    /// # Errors
    /// When the database or the key provider does not answer, or the program's key was destroyed.
    pub async fn key_rotate(&self, program: ProgramId) -> Result<KeyRotated, StoreError> {
        self.ring().keys(program).await?;
        let ring = self.ring();
        let begins_in = ring.source.refresh * 2;
        loop {
            let rows = keys_of(&ring.pool, program).await?;
            let versions = rows.iter().filter(|row| row.purpose == KeyPurpose::Data).map(|row| row.version);
            let version = versions.max().unwrap_or(0) + 1;
            let wrapped = ring.source.provider.wrap(program, &DataKey::generate()?).await?;
            if key_add(&ring.pool, program, version, &wrapped, begins_in).await? {
                ring.look_now();
                return Ok(KeyRotated { version, begins_in });
            }
        }
    }

    /// Gives the program's key-encryption key a new version at its provider, for all services; answers the version.
    ///
    /// # Errors
    /// When the key provider does not answer, or the program's key was destroyed.
    pub async fn key_rotate_at_provider(&self, program: ProgramId) -> Result<u32, StoreError> {
        Ok(self.ring().source.provider.rotate(program).await?)
    }

    /// Wraps the program's keys in this service with the newest version of its key-encryption key; answers how many.
    ///
    /// # Errors
    /// When the database or the key provider does not answer, or the program's key was destroyed.
    pub async fn key_rewrap(&self, program: ProgramId) -> Result<usize, StoreError> {
        let ring = self.ring();
        let rows = keys_of(&ring.pool, program).await?;
        for row in &rows {
            let wrapped = ring.source.provider.rewrap(program, &row.wrapped()).await?;
            key_rewrap(&ring.pool, row, &wrapped).await?;
        }
        ring.look_now();
        Ok(rows.len())
    }

    /// Destroys the program's key-encryption key: no record of it, in any service and any backup, is readable again.
    ///
    /// # Errors
    /// When the key provider does not answer.
    pub async fn key_destroy(&self, program: ProgramId) -> Result<(), StoreError> {
        let ring = self.ring();
        ring.source.provider.destroy(program).await?;
        ring.look_now();
        Ok(())
    }

    /// The program's keys in this service, and the newest version of its key at the provider; none when it was
    /// destroyed.
    ///
    /// # Errors
    /// When the database or the key provider does not answer.
    pub async fn key_status(&self, program: ProgramId) -> Result<(Vec<KeyStatus>, Option<u32>), StoreError> {
        let ring = self.ring();
        let status = |row: super::rows::KeyRow| KeyStatus {
            purpose: if row.purpose == KeyPurpose::Data { "data" } else { "look_up" },
            version: row.version,
            wrapped_by: row.wrapped().key,
            begins_in: row.begins_in(),
        };
        let rows = keys_of(&ring.pool, program).await?.into_iter().map(status).collect();
        match ring.source.provider.version(program).await {
            Ok(version) => Ok((rows, Some(version))),
            Err(ProviderError::Destroyed) => Ok((rows, None)),
            Err(error) => Err(error.into()),
        }
    }
}
