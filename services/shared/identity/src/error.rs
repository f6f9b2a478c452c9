//! What can be wrong with what identity is built from. Faults of the installation, never of a caller.

use std::path::PathBuf;

/// Identity cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The key set cannot be read.
    #[error("cannot read the key set {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The key set cannot be used.
    #[error("cannot use the key set {path}")]
    Keys {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: crate::KeySetError,
    },
}
