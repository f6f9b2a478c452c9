//! Authorization as policy: rules and a matrix that people review who do not read Rust.
//!
//! The files are in `deploy/policies`; their README says how to read and to change them.

mod error;
mod matrix;
mod methods;

pub use error::PolicyError;
pub use matrix::{Fact, Matrix, Party, Record, Row};

/// The matrix as it is reviewed.
const MATRIX: &str = include_str!("../../../../deploy/policies/matrix.toml");

impl Matrix {
    /// The matrix that this build was reviewed with.
    ///
    /// # Errors
    /// When it is wrong; a test keeps such a build from being made.
    pub fn embedded() -> Result<Self, PolicyError> {
        let mut faults = Vec::new();
        let matrix = Self::parse(MATRIX, &mut faults);
        if faults.is_empty() { Ok(matrix) } else { Err(PolicyError::Faults(faults)) }
    }
}
