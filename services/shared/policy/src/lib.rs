//! Authorization as policy: rules and a matrix that people review who do not read Rust.
//!
//! The files are in `deploy/policies`; their README says how to read and to change them. [`Policy`] is asked twice: by the
//! stack whether a call may be made at all, and by the story of an RPC whose rules have conditions, through
//! [`Call::permit`](harborline_identity::Call::permit), once it has read the record.
//!
//! # Invariants
//! - What no rule permits is refused, and what a rule forbids no other permits.
//! - Every RPC of the contracts has a row in the matrix and a place in the schema, and nothing else has.
//! - The rules come to what the matrix says in every case: tested for the files of this build, checked at the start for
//!   files from a directory.
//!
//! # Not chosen
//! Rules in code beside each RPC: nobody could read them as a whole. The matrix alone: it cannot say under which condition
//! without becoming a language. The rules alone: nobody could see in them what they come to. Names of persons in rules:
//! who somebody is does not matter, only what they are to the record.

mod decide;
mod error;
mod files;
mod matrix;
mod methods;
mod policy;
mod rules;
mod sweep;

pub use error::PolicyError;
pub use files::PolicyFiles;
pub use matrix::{Fact, Matrix, Party, Record, Row};
pub use policy::{Admission, Policy};
