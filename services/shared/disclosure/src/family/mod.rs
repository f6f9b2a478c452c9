//! What a counselor may tell somebody close to a participant who has called (45 CFR 164.510(b) and
//! 164.512(j), 42 CFR Part 2).
//!
//! Listening is always allowed. What is told depends on the participant's wish first, then on who asks, on the
//! participant's state, and on what is asked about. A family member who is told nothing hears one and the same sentence,
//! whether anybody of that name is in care or not: it neither confirms nor denies.
//!
//! Minors and personal representatives are matters of state law. The program's own table decides who represents whom; here
//! counts only whether that was confirmed.

mod rules;
mod script;
#[cfg(test)]
mod tests;
mod words;

pub use rules::decide_family;
pub use words::{
    EmergencyDuty, Extent, FamilyBasis, FamilyOutcome, FamilyThreat, ParticipantState, Preference, Relationship,
};

use crate::DataClass;

/// Somebody close to a participant asks about the participant.
#[derive(Clone, Copy, Debug)]
pub struct FamilyQuestion<'a> {
    /// Who asks.
    pub relationship: Relationship,
    /// Whether who asks was recognized as that person.
    pub is_verified: bool,
    /// Whether who asks acts for the participant under the law of the state, and that is confirmed: a personal
    /// representative, or the parent of a minor.
    pub represents: bool,
    /// Whether the person asked about is in care here.
    pub is_enrolled: bool,
    /// Whether the participant can be asked.
    pub state: ParticipantState,
    /// What the participant said about telling this person.
    pub preference: Preference,
    /// What is asked about.
    pub classes: &'a [DataClass],
    /// What consents in force cover for this person and purpose.
    pub consented: &'a [Consented],
    /// Whether somebody is in danger.
    pub threat: FamilyThreat,
    /// Whether, in the counselor's professional judgment, telling is in the best interest of a participant who cannot be
    /// asked.
    pub in_best_interest: bool,
    /// Whether the program is under 42 CFR Part 2.
    pub is_part2_program: bool,
}

/// A class of information that a consent in force covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consented {
    /// Which.
    pub class: DataClass,
    /// Whether that consent is in writing.
    pub is_written: bool,
}

/// What may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyDecision {
    /// The outcome.
    pub outcome: FamilyOutcome,
    /// How much of it.
    pub extent: Extent,
    /// Which of the classes asked about; empty unless something is shared.
    pub classes: Vec<DataClass>,
    /// Why.
    pub basis: FamilyBasis,
    /// What the counselor owes besides; never empty in an emergency.
    pub duties: &'static [EmergencyDuty],
    /// A sentence that the counselor can say.
    pub script: &'static str,
}
