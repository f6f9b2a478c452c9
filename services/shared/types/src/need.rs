//! What it takes to answer a contact.

use crate::{Channel, CounselorKind, Skill};

/// What it takes to answer one contact: concluded by triage, met by availability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The channel the counselor must be able to answer on.
    pub channel: Channel,
    /// The lowest standing that may answer; `None` means anybody trained.
    pub at_least: Option<CounselorKind>,
    /// BCP 47 language tag, lower case.
    pub language: String,
    /// ISO 3166-2 code of where the caller is; `None` when unknown.
    pub jurisdiction: Option<String>,
    /// Skills that the counselor must have, at these levels or above.
    pub skills: Vec<Skill>,
}
