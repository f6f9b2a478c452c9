//! Who may be told what: consents, the bases that need none, and what must travel with what is told (P6).
//!
//! Pure rules: no I/O, no clock, no transport. The discloser asks [`decide`] at that moment, with what is on record
//! then; [`decide_family`] answers a counselor who has somebody's family on the line. The sources are the sections of the
//! law that each rule names.
//!
//! # Invariants
//! - Nothing is disclosed without a [`Basis`]. A consent that was revoked, has expired, is incomplete, or names another
//!   recipient, class or purpose is none.
//! - Content under 42 CFR Part 2 leaves its wrapper ([`Part2`]) only together with the notice and the reference to the
//!   consent or emergency ([`Disclosed`]): a response without them does not compile.
//! - What was told in confidence and psychotherapy notes leave the program for nobody.
//!
//! # Not chosen
//! A policy language for these rules (they are law and few, and the compiler checks that every case is answered), and a
//! stored decision that may be used later (a consent can be revoked in between).

mod carried;
mod class;
mod consent;
mod decide;
#[cfg(test)]
mod decide_tests;
mod emergency;
mod family;
mod wire;

pub use carried::{Disclosed, Notice, Part2, Reference};
pub use class::{Confidentiality, DataClass, Sensitivity};
pub use consent::{Confirmation, Consent, ConsentRecipient, Expiry, Fault, Purpose, Signature, Signed};
pub use decide::{Basis, Permission, Question, Recipient, Refusal, decide};
pub use emergency::{Emergency, EmergencyKind};
pub use family::{
    Consented, EmergencyDuty, Extent, FamilyBasis, FamilyDecision, FamilyOutcome, FamilyQuestion, FamilyThreat,
    ParticipantState, Preference, Relationship, decide_family,
};
