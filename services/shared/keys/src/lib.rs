//! Health information at rest: sealed per program before it reaches the database, and found again by keyed hash.
//!
//! Three layers of keys. A *data key* seals values; there is one per program and service, in versions. A *look-up key*
//! makes the hashes that equality is asked by; it never changes, or nothing would be found. Both lie in the service's
//! own database, wrapped by the program's *key-encryption key*, which never leaves its [`KeyProvider`]. Destroying that
//! one key makes every row and every backup of the program unreadable, in all five services.
//!
//! # Invariants
//! - A value opens in its own place only: program, service, table, column and row are authenticated with it
//!   (AES-256-GCM, associated data), and so is the version of its key.
//! - A value sealed before a rotation opens after it; what is new is sealed by the newest version in use.
//! - Keys have no `Debug`, and their bytes are wiped when they are dropped.
//! - No provider is asked while a value is sealed, opened or looked up.
//!
//! # What stays in clear, and why
//! What the queue, the lists and the clocks order and filter by: acuity, state, need (channel, language, jurisdiction,
//! skills), instants, pseudonymous ids, and the ids and names of staff. Lengths show as well: nothing is padded.
//!
//! # Limits
//! Nonces are random and of 96 bits: one version of a data key should seal no more than 2^32 values. A program seals a
//! few dozen a contact, so a rotation a year stays far below.
//!
//! # What it costs
//! Rows `sealing` of `cargo run -p harborline-bench -- layers --json FILE` on two busy cores, unoptimized: a value of 1 KB
//! is sealed in 23 us and opened in 11 us, JSON and all; an OpenContact's share (a hash, three values sealed) is 19 us.
//!
//! # Not chosen
//! Encryption inside Postgres (pgcrypto): the keys would be in its statements, and so in its logs. Order-revealing or
//! searchable encryption: it tells more than anybody here needs to ask. A key per person: what a program must forget
//! of one person it deletes. `vaultrs`: it brings a second HTTP stack for six small requests.

mod aead;
mod data_key;
mod files;
mod place;
mod program_keys;
mod provider;
mod transit;

pub use aead::KeyError;
pub use data_key::DataKey;
pub use files::KeyFiles;
pub use place::{Place, Sealed};
pub use program_keys::{DataKeyVersion, ProgramKeys};
pub use provider::{KeyProvider, ProviderError, Wrapped};
pub use transit::{Transit, TransitError};

use std::sync::Arc;

use harborline_config::{KeyProviderKind, KeySettings};

/// The provider that the settings name. It is not asked yet: a service starts, and says that it is not ready, while its
/// provider is away.
///
/// # Errors
/// When the address or the authorities of a transit engine cannot be used.
pub fn provider(settings: &KeySettings) -> Result<Arc<dyn KeyProvider>, TransitError> {
    Ok(match settings.provider {
        KeyProviderKind::Files => Arc::new(KeyFiles::new(&settings.directory)),
        KeyProviderKind::Transit => Arc::new(Transit::new(settings)?),
    })
}
