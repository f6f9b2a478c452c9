//! Programs, and what a counselor must know before the first word.

use chrono::TimeDelta;
use harborline_types::{Person, Phi, ProgramId, Timestamp};

/// One IOP: one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) id: ProgramId,
    pub(crate) name: String,
    pub(crate) clinical_director: Person,
    pub(crate) backup_line: String,
    /// For people who write, or cannot speak.
    pub(crate) backup_text_line: Option<String>,
    /// None until availability names somebody: then the clinical director is.
    pub(crate) supervisor: Option<Person>,
    /// Whether it is under 42 CFR Part 2.
    pub(crate) is_part2: bool,
    /// How long after the end of a contact a caller who is back goes on with it.
    pub(crate) same_caller_within: TimeDelta,
}

/// The end of a program's protection under 42 CFR Part 2.
pub(crate) struct Part2End {
    pub(crate) by: Person,
    pub(crate) at: Timestamp,
    pub(crate) reason: Phi<String>,
}

/// What a counselor must know before the first word.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct CareBrief {
    pub(crate) goals: Vec<String>,
    pub(crate) challenges: Vec<String>,
    pub(crate) program_rules: Vec<String>,
}
