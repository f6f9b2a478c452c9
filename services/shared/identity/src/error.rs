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
    /// The key set is not one.
    #[error("{path} is not a JWKS")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The key set holds no key that may sign tokens.
    #[error("{path} holds no ES256 or EdDSA key with a key id")]
    NoKeys {
        /// The file.
        path: PathBuf,
    },
    /// The table of access is not one.
    #[error("the access table: {0}")]
    Access(String),
}
