//! What can be wrong with policy as it is written. A fault of the installation, never of a caller.

use std::path::PathBuf;

/// Policy that is not served by.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file cannot be read.
    #[error("cannot read the policy in {path}")]
    Read {
        /// The file or the directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The files do not fit together, or not to the contracts.
    #[error("the policy is refused:\n{}", .0.join("\n"))]
    Faults(
        /// Every fault.
        Vec<String>,
    ),
}
