//! The one road from a fact of the domain to an answer on the wire, and back.
//!
//! A service's own error enum says what happened; it becomes a [`ServiceError`] (a reason from the contract, the fields
//! that are wrong, when to repeat) and only here a `tonic::Status`. An internal fault is logged once, at this border,
//! under a reference id, and leaves as that id alone.

mod answer;
mod codes;
mod error;
mod fields;
mod phone;
mod received;
mod said;

pub use answer::answer;
pub use error::{ERROR_DOMAIN, ServiceError};
pub use fields::Fields;
pub use harborline_proto::common::v1::Reason;
pub use phone::PhoneNumber;
pub use received::{reason_of, retry_after_of, violations_of, worth_repeating};
pub use said::{Ignored, Said};
