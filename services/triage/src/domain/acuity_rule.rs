//! Software never lowers risk (P5).
//!
//! A contact's level is the most urgent of what was on record, what its protocol computes now, what a clinician judged, and
//! the last level of an earlier contact of the same caller. Raising is free. Lowering is a clinician's act with a reason,
//! which somebody else has signed too; from then on the signed level holds, until something that was not known when it was
//! signed raises it.

use harborline_types::text::letters;
use harborline_types::{Acuity, PersonId, Phi};

/// Letters and digits that the reason for a lowering must at least have.
pub const SHORTEST_REASON: usize = 10;

/// The level of a contact, and what holds it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// How urgent.
    pub acuity: Acuity,
    /// Why not less urgent.
    pub held_by: HeldBy,
}

/// What holds a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBy {
    /// The protocol's rules, by what is known now.
    Rules,
    /// An earlier assessment, of this contact or of the same caller's last one: software does not take it back.
    EarlierAssessment,
    /// A clinician's judgment.
    Judgment,
}

/// A clinician's judgment of a contact's acuity.
pub struct Judgment {
    /// The level.
    pub acuity: Acuity,
    /// Why; may be absent unless it lowers.
    pub reason: Option<Phi<String>>,
    /// Who judges.
    pub by: PersonId,
    /// The second person, once they have signed; may be absent unless it lowers.
    pub second: Option<PersonId>,
}

impl Judgment {
    /// Whether somebody else has signed it. Two ids that may be one person's are one person.
    pub fn is_signed(&self) -> bool {
        self.second.as_ref().is_some_and(|second| !second.may_be(&self.by))
    }

    /// Whether it says why, for a lowering.
    pub fn says_why(&self) -> bool {
        self.reason.as_ref().is_some_and(|reason| letters(reason.expose()) >= SHORTEST_REASON)
    }
}

/// Where a judgment moves the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To more urgent, or not at all: free.
    RaisedOrKept,
    /// To less urgent: signed by two.
    Lowered,
}

/// A judgment that lowers, and that nobody else has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("somebody else must sign a lowering")]
pub struct Unsigned {
    /// The level that it would lower.
    pub from: Acuity,
}

/// The level after the protocol's rules came to an acuity: software never lowers.
pub fn apply_rules(on_record: Option<Level>, by_rules: Acuity) -> Level {
    match on_record {
        Some(level) if level.acuity < by_rules => match level.held_by {
            HeldBy::Rules => Level { held_by: HeldBy::EarlierAssessment, ..level },
            HeldBy::EarlierAssessment | HeldBy::Judgment => level,
        },
        _ => Level { acuity: by_rules, held_by: HeldBy::Rules },
    }
}

/// The level after an earlier contact of the same caller was told of.
pub fn apply_earlier_contact(on_record: Option<Level>, carried: Acuity) -> Level {
    let earlier = Level { acuity: carried, held_by: HeldBy::EarlierAssessment };
    on_record.filter(|level| level.acuity <= carried).unwrap_or(earlier)
}

/// Where a judgment moves a level that stands at `current`.
///
/// # Errors
/// When it lowers, and nobody else has signed it.
pub fn judged(current: Acuity, judgment: &Judgment) -> Result<Direction, Unsigned> {
    if judgment.acuity <= current {
        Ok(Direction::RaisedOrKept)
    } else if judgment.is_signed() {
        Ok(Direction::Lowered)
    } else {
        Err(Unsigned { from: current })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgment(acuity: Acuity, reason: &str, second: Option<&str>) -> Judgment {
        let reason = Some(Phi::new(reason.to_owned())).filter(|reason| !reason.expose().is_empty());
        Judgment { acuity, reason, by: PersonId::parse("ana").unwrap(), second: second.and_then(PersonId::parse) }
    }

    #[test]
    fn software_never_lowers() {
        for before in Acuity::ALL {
            for held_by in [HeldBy::Rules, HeldBy::EarlierAssessment, HeldBy::Judgment] {
                for now in Acuity::ALL {
                    let level = apply_rules(Some(Level { acuity: before, held_by }), now);
                    assert_eq!(level.acuity, before.min(now));
                }
            }
        }
    }

    #[test]
    fn raising_is_free() {
        for current in Acuity::ALL {
            for to in Acuity::ALL.into_iter().filter(|to| *to <= current) {
                assert_eq!(judged(current, &judgment(to, "", None)), Ok(Direction::RaisedOrKept));
            }
        }
    }

    #[test]
    fn lowering_needs_somebody_else_who_is_not_the_same_by_another_spelling() {
        let lower = |second| judged(Acuity::High, &judgment(Acuity::Routine, "", second));
        for same in [None, Some("ana"), Some(" ana"), Some("ANA"), Some("an\u{430}"), Some("a\u{200B}na")] {
            assert_eq!(lower(same), Err(Unsigned { from: Acuity::High }), "{same:?}");
        }
        assert_eq!(lower(Some("ben")), Ok(Direction::Lowered));
    }

    #[test]
    fn a_reason_is_one_that_can_be_read() {
        let says_why = |reason| judgment(Acuity::Routine, reason, None).says_why();
        for none in [
            "",
            "too short",
            "\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}",
            "a         b",
            "..........",
            "\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        ] {
            assert!(!says_why(none), "{none:?}");
        }
        assert!(says_why("long enough"));
    }
}
