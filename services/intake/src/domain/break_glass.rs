//! Emergency access to one participant's record: taken by one person, narrow, short, and reviewed by another.

use chrono::TimeDelta;
use harborline_disclosure::{DataClass, Emergency};
use harborline_types::{BreakGlassId, ParticipantId, Person, PersonId, Phi, Timestamp, text_enum};

text_enum! {
    /// Why somebody takes access that they do not have.
    pub enum BreakGlassReason {
        /// A medical emergency, on record with the four fields of 42 CFR 2.51.
        MedicalEmergency = "medical_emergency",
        /// A serious and imminent threat.
        SeriousThreat = "serious_threat",
        /// Somebody in crisis, whose own counselor cannot be reached.
        CounselorUnreachable = "counselor_unreachable",
    }
}

text_enum! {
    /// What a reviewer found.
    pub enum BreakGlassFinding {
        /// It was right.
        Justified = "justified",
        /// It was not.
        NotJustified = "not_justified",
    }
}

/// One emergency access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BreakGlass {
    pub(crate) id: BreakGlassId,
    pub(crate) participant: ParticipantId,
    /// As they are in the program.
    pub(crate) classes: Vec<DataClass>,
    pub(crate) reason: BreakGlassReason,
    pub(crate) taken_by: Person,
    pub(crate) taken_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// None unless it was ended before its time.
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) explanation: Phi<String>,
    /// Who outside is told; none when nobody is.
    pub(crate) emergency: Option<Emergency>,
    pub(crate) review: Option<Review>,
}

/// A review, which closes the matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Review {
    pub(crate) reviewer: Person,
    pub(crate) at: Timestamp,
    pub(crate) finding: BreakGlassFinding,
    pub(crate) note: Phi<String>,
}

/// Why it does not change as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BreakGlassRefusal {
    #[error("whoever took an emergency access does not review it")]
    ReviewerNotIndependent,
    #[error("the emergency access was reviewed before")]
    Reviewed,
    #[error("only who took it, or a supervisor, ends an emergency access")]
    NotTheirs,
}

impl BreakGlass {
    /// The longest that one lasts.
    pub(crate) const LONGEST: TimeDelta = TimeDelta::minutes(60);

    /// What can be seen in an emergency: not what is kept apart from the record.
    pub(crate) fn can_show(class: DataClass) -> bool {
        matches!(class, DataClass::GeneralPhi | DataClass::Part2Sud | DataClass::Operational)
    }

    /// When it ended, by itself or before; none while it lasts.
    pub(crate) fn ended(&self, now: Timestamp) -> Option<Timestamp> {
        self.ended_at.or((now >= self.expires_at).then_some(self.expires_at))
    }

    /// Ends it, if it lasts.
    pub(crate) fn end(self, by: &PersonId, is_supervisor: bool, now: Timestamp) -> Result<Self, BreakGlassRefusal> {
        if !is_supervisor && *by != self.taken_by.id {
            return Err(BreakGlassRefusal::NotTheirs);
        }
        let ended_at = self.ended_at.or((now < self.expires_at).then_some(now.max(self.taken_at)));
        Ok(Self { ended_at, ..self })
    }

    /// Closes the review.
    pub(crate) fn reviewed(self, review: Review) -> Result<Self, BreakGlassRefusal> {
        if review.reviewer.id.may_be(&self.taken_by.id) {
            Err(BreakGlassRefusal::ReviewerNotIndependent)
        } else if self.review.is_some() {
            Err(BreakGlassRefusal::Reviewed)
        } else {
            Ok(Self { review: Some(review), ..self })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str) -> Person {
        Person { id: PersonId::parse(id).unwrap(), name: id.to_owned() }
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn taken() -> BreakGlass {
        BreakGlass {
            id: BreakGlassId::new(),
            participant: ParticipantId::new(),
            classes: vec![DataClass::GeneralPhi],
            reason: BreakGlassReason::CounselorUnreachable,
            taken_by: person("ana"),
            taken_at: at(0),
            expires_at: at(60),
            ended_at: None,
            explanation: Phi::default(),
            emergency: None,
            review: None,
        }
    }

    fn review(by: &str) -> Review {
        let finding = BreakGlassFinding::Justified;
        Review { reviewer: person(by), at: at(90), finding, note: Phi::default() }
    }

    #[test]
    fn it_ends_by_itself_at_the_instant_it_expires() {
        assert_eq!(taken().ended(at(60) - TimeDelta::microseconds(1)), None);
        assert_eq!(taken().ended(at(60)), Some(at(60)));
    }

    #[test]
    fn who_took_it_or_a_supervisor_ends_it_once_and_not_after_its_time() {
        let (ana, ben) = (person("ana").id, person("ben").id);
        let ended = taken().end(&ana, false, at(10)).unwrap();
        assert_eq!(ended.ended(at(20)), Some(at(10)));
        assert_eq!(ended.end(&ana, false, at(20)).unwrap().ended_at, Some(at(10)));
        assert_eq!(taken().end(&ben, false, at(10)), Err(BreakGlassRefusal::NotTheirs));
        assert!(taken().end(&ben, true, at(10)).is_ok());
        assert_eq!(taken().end(&ana, false, at(70)).unwrap().ended_at, None);
    }

    #[test]
    fn somebody_else_reviews_it_once() {
        for same in ["ana", " ana", "ANA", "\u{430}na"] {
            assert_eq!(taken().reviewed(review(same)), Err(BreakGlassRefusal::ReviewerNotIndependent), "{same:?}");
        }
        let reviewed = taken().reviewed(review("ben")).unwrap();
        assert_eq!(reviewed.reviewed(review("cleo")), Err(BreakGlassRefusal::Reviewed));
    }
}
