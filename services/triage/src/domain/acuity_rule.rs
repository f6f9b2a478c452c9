//! Software never lowers risk (P5).
//!
//! A contact's level is the most urgent of what was on record, what its protocol computes now, what a clinician judged, and
//! the last level of an earlier contact of the same caller. Raising is free. Lowering is a clinician's act with a reason and a second named person; from then on the
//! signed level holds, until something that was not known when it was signed raises it.

use harborline_types::{Acuity, PersonId, Phi};

/// Characters that the reason for a lowering must at least have.
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
    /// Who signs with them; may be absent unless it lowers.
    pub second: Option<PersonId>,
}

/// Where a judgment moves the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To more urgent, or not at all: free.
    RaisedOrKept,
    /// To less urgent: signed by two.
    Lowered,
}

/// What a lowering lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// A reason of at least [`SHORTEST_REASON`] characters.
    Reason,
    /// A second person who is not the one who judges.
    SecondPerson,
}

/// The level after software has computed one.
pub fn computed(on_record: Option<Level>, computed: Acuity) -> Level {
    match on_record {
        Some(level) if level.acuity < computed => match level.held_by {
            HeldBy::Rules => Level { held_by: HeldBy::EarlierAssessment, ..level },
            HeldBy::EarlierAssessment | HeldBy::Judgment => level,
        },
        _ => Level { acuity: computed, held_by: HeldBy::Rules },
    }
}

/// The level after an earlier contact of the same caller was told of.
pub fn carried(on_record: Option<Level>, carried: Acuity) -> Level {
    let earlier = Level { acuity: carried, held_by: HeldBy::EarlierAssessment };
    on_record.filter(|level| level.acuity <= carried).unwrap_or(earlier)
}

/// Where a judgment moves a level that stands at `current`.
///
/// # Errors
/// Everything that a lowering lacks.
pub fn judged(current: Acuity, judgment: &Judgment) -> Result<Direction, Vec<Lacking>> {
    if judgment.acuity <= current {
        return Ok(Direction::RaisedOrKept);
    }
    let reason_given =
        judgment.reason.as_ref().is_some_and(|reason| reason.expose().chars().count() >= SHORTEST_REASON);
    let second_given = judgment.second.as_ref().is_some_and(|second| *second != judgment.by);
    let lacking = [(Lacking::Reason, reason_given), (Lacking::SecondPerson, second_given)];
    let lacking: Vec<_> = lacking.into_iter().filter(|(_, given)| !given).map(|(lacking, _)| lacking).collect();
    if lacking.is_empty() { Ok(Direction::Lowered) } else { Err(lacking) }
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
                    let level = computed(Some(Level { acuity: before, held_by }), now);
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
    fn lowering_needs_a_reason_and_somebody_else() {
        let lower = |reason, second| judged(Acuity::High, &judgment(Acuity::Routine, reason, second));
        assert_eq!(lower("", None), Err(vec![Lacking::Reason, Lacking::SecondPerson]));
        assert_eq!(lower("too short", Some("ben")), Err(vec![Lacking::Reason]));
        assert_eq!(lower("long enough", Some("ana")), Err(vec![Lacking::SecondPerson]));
        assert_eq!(lower("long enough", Some("ben")), Ok(Direction::Lowered));
    }
}
