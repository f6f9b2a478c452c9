//! Conversions between the words of the domain and the contracts.
//!
//! `to_wire` never fails. `from_wire` answers `None` for "unspecified" and for values of a newer version, so that each
//! parser decides which of its fields may be absent.

use harborline_proto::{common::v1 as pb, intake::v1 as intake};

use crate::{
    Acuity, CallerKind, Channel, ClosingDuty, CounselorKind, Need, Person, PersonId, Signal, Skill, SkillLevel,
    Timestamp, Weekday, text,
};

/// A value with a form in the contracts' enumeration `Wire`.
pub trait WireEnum: Sized {
    /// The contracts' enumeration.
    type Wire: Into<i32> + TryFrom<i32>;

    /// The contracts' value.
    fn to_wire(self) -> Self::Wire;

    /// The domain's value; `None` for unspecified and for unknown numbers.
    fn from_wire(wire: i32) -> Option<Self>;
}

/// Maps the values of a domain enumeration one to one on those of a contract's enumeration.
#[macro_export]
macro_rules! wire_enum {
    ($domain:ty, $wire:ty { $($value:ident => $wire_value:ident),+ $(,)? }) => {
        impl $crate::wire::WireEnum for $domain {
            type Wire = $wire;

            fn to_wire(self) -> Self::Wire {
                match self { $(Self::$value => <$wire>::$wire_value),+ }
            }

            fn from_wire(wire: i32) -> Option<Self> {
                match <$wire>::try_from(wire).ok()? { $(<$wire>::$wire_value => Some(Self::$value),)+ _ => None }
            }
        }
    };
    ($domain:ty, $wire:ty { $($value:ident),+ $(,)? }) => {
        $crate::wire_enum!($domain, $wire { $($value => $value),+ });
    };
}

wire_enum!(Acuity, pb::Acuity { Emergency, VeryHigh, High, Moderate, Routine });
wire_enum!(Channel, pb::Channel { Phone, Message, Video });
wire_enum!(CallerKind, pb::CallerKind { Participant, FamilyMember, Unknown });
wire_enum!(CounselorKind, pb::CounselorKind { PeerSpecialist, CrisisCounselor, LicensedClinician });
wire_enum!(Weekday, pb::Weekday { Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday });
wire_enum!(SkillLevel, pb::SkillLevel { Basic, Proficient, Expert });
wire_enum!(
    Signal,
    pb::Signal {
        AttemptInProgress,
        Overdose,
        MeansAtHand,
        Weapon,
        UnableToStaySafe,
        CommandHallucinations,
        WithdrawalRedFlags,
        SuicidalThoughts,
        RelapseToday,
        Craving,
        Panic,
        FamilyWorried,
        Stress,
        ProgramQuestion,
    }
);
wire_enum!(
    ClosingDuty,
    pb::ClosingDuty {
        ReasonCoded,
        ScreenAsked,
        ScreenComplete,
        SafetyAssessment,
        SafetyPlanReviewed,
        BriefPlan,
        ReferralOffered,
        SupervisorConsulted,
        CareTeamNotified,
        LocationConfirmed,
        LeastInvasiveTried,
        RescueResolved,
        OwnerNamed,
    }
);

/// The contracts' number of a value.
pub fn number<T: WireEnum>(value: T) -> i32 {
    value.to_wire().into()
}

/// The contracts' numbers of several values.
pub fn numbers<T: WireEnum + Copy>(values: &[T]) -> Vec<i32> {
    values.iter().map(|value| number(*value)).collect()
}

/// The contracts' form of an instant.
pub fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.timestamp(), nanos: at.timestamp_subsec_nanos() as i32 }
}

/// The seconds of the years 1 to 9999, which is what the contracts' instants may be.
const INSTANTS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// An instant of the contracts, in whole microseconds as Postgres keeps them; `None` when it is out of range.
pub fn instant(at: &prost_types::Timestamp) -> Option<Timestamp> {
    let nanos = u32::try_from(at.nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    let kept = nanos - nanos % 1_000;
    INSTANTS.contains(&at.seconds).then(|| Timestamp::from_timestamp(at.seconds, kept))?
}

/// A length of time of the contracts; `None` when it is negative or no canonical one. The library's own conversion
/// overflows where both parts are as small as they can be.
pub fn duration(wire: &prost_types::Duration) -> Option<std::time::Duration> {
    let nanos = u32::try_from(wire.nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    Some(std::time::Duration::new(u64::try_from(wire.seconds).ok()?, nanos))
}

impl From<Person> for intake::Person {
    fn from(person: Person) -> Self {
        Self { person_id: person.id.to_string(), name: person.name }
    }
}

/// A person of the contracts; `None` when the id or the name is blank or too long.
pub fn person(wire: &intake::Person) -> Option<Person> {
    let fits = !text::is_blank(&wire.name) && wire.name.chars().count() <= 200;
    fits.then(|| Some(Person { id: PersonId::parse(&wire.person_id)?, name: wire.name.clone() }))?
}

impl From<Need> for pb::Need {
    fn from(need: Need) -> Self {
        Self {
            channel: number(need.channel),
            at_least: need.at_least.map_or(0, number),
            language: need.language,
            jurisdiction: need.jurisdiction.unwrap_or_default(),
            skills: Skill::names(&need.skills),
            leveled_skills: leveled_skills(need.skills),
        }
    }
}

/// Skills with their levels.
pub fn leveled_skills(skills: Vec<Skill>) -> Vec<pb::Skill> {
    skills.into_iter().map(|skill| pb::Skill { name: skill.name, level: number(skill.level) }).collect()
}

/// Skills as they came over the wire: plain names, and those with a level. Each once; a level that is not given, or that
/// is of a newer version, means basic.
pub fn skills(names: &[String], leveled: &[pb::Skill]) -> Vec<Skill> {
    let basic = names.iter().map(Skill::basic);
    let leveled = leveled
        .iter()
        .map(|skill| Skill::new(&skill.name, SkillLevel::from_wire(skill.level).unwrap_or(SkillLevel::Basic)));
    Skill::merged(basic.chain(leveled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_that_is_none_is_none() {
        let read = |seconds, nanos| duration(&prost_types::Duration { seconds, nanos });
        assert_eq!(read(30, 500_000_000), Some(std::time::Duration::from_millis(30_500)));
        for (seconds, nanos) in [(i64::MIN, i32::MIN), (i64::MIN, -1), (-1, 0), (0, -1), (0, 1_000_000_000)] {
            assert_eq!(read(seconds, nanos), None, "{seconds} {nanos}");
        }
    }
}
