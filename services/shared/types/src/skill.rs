//! What somebody is trained in, and how well.

use std::collections::BTreeMap;

use crate::text::compared;
use crate::text_enum;

text_enum! {
    /// How well somebody masters a skill, the least first: what asks for one is also met by those above it.
    pub enum SkillLevel {
        /// Trained in it, and able to answer with the usual supervision.
        Basic = "basic",
        /// Practiced in it, and able to answer on their own.
        Proficient = "proficient",
        /// Able to take the hardest contacts of it, and to guide others.
        Expert = "expert",
    }
}

/// A skill with how well somebody masters it, or how well it must be mastered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Skill {
    /// The program's own word for it, in the form by which texts are compared.
    pub name: String,
    /// How well. Of one asked for, the least that will do.
    pub level: SkillLevel,
}

/// The levels above basic, by the skills' names: what a database keeps beside the names, so that a row without them, and
/// a name that they do not hold, mean basic.
pub type SkillLevels = BTreeMap<String, SkillLevel>;

impl Skill {
    /// A skill; its name is the same however it is written.
    pub fn new(name: &str, level: SkillLevel) -> Self {
        Self { name: compared(name), level }
    }

    /// A skill at the lowest level: as one that is asked for, any level will do.
    pub fn basic(name: impl AsRef<str>) -> Self {
        Self::new(name.as_ref(), SkillLevel::Basic)
    }

    /// Whether who has this one meets a skill that is asked for.
    pub fn meets(&self, asked: &Self) -> bool {
        self.name == asked.name && self.level >= asked.level
    }

    /// Each skill once, where it is named first; the highest level counts.
    pub fn merged(skills: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut merged: Vec<Self> = Vec::new();
        for skill in skills {
            match merged.iter_mut().find(|known| known.name == skill.name) {
                Some(known) => known.level = known.level.max(skill.level),
                None => merged.push(skill),
            }
        }
        merged
    }

    /// Skills from what a database keeps of them.
    pub fn stored(names: Vec<String>, levels: &SkillLevels) -> Vec<Self> {
        let level = |name: &str| levels.get(name).copied().unwrap_or(SkillLevel::Basic);
        names.iter().map(|name| Self::new(name, level(name))).collect()
    }

    /// The names, for a database.
    pub fn names(skills: &[Self]) -> Vec<String> {
        skills.iter().map(|skill| skill.name.clone()).collect()
    }

    /// The levels, for a database.
    pub fn levels(skills: &[Self]) -> SkillLevels {
        let above = skills.iter().filter(|skill| skill.level > SkillLevel::Basic);
        above.map(|skill| (skill.name.clone(), skill.level)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skill(name: &str, level: SkillLevel) -> Skill {
        Skill::new(name, level)
    }

    #[test]
    fn a_level_is_met_by_itself_and_by_those_above_it() {
        for has in SkillLevel::ALL {
            for asked in SkillLevel::ALL {
                assert_eq!(skill("grief", *has).meets(&skill("grief", *asked)), has >= asked);
                assert!(!skill("grief", *has).meets(&skill("veterans", *asked)));
            }
        }
    }

    #[test]
    fn a_skill_is_the_same_however_it_is_written() {
        assert!(Skill::basic("D\u{E9}tresse ").meets(&Skill::basic("de\u{301}tresse")));
        assert_eq!(Skill::stored(vec!["EMDR".to_owned()], &SkillLevels::new()), [Skill::basic("emdr")]);
    }

    #[test]
    fn of_a_skill_that_is_named_twice_the_higher_level_counts() {
        let given = [
            Skill::basic("grief"),
            Skill::basic("veterans"),
            skill("grief", SkillLevel::Expert),
            skill("grief", SkillLevel::Proficient),
        ];
        assert_eq!(Skill::merged(given), [skill("grief", SkillLevel::Expert), Skill::basic("veterans")]);
    }

    #[test]
    fn a_database_gives_back_what_it_got_and_an_old_row_means_basic() {
        let skills = vec![Skill::basic("grief"), skill("veterans", SkillLevel::Proficient)];
        assert_eq!(Skill::stored(Skill::names(&skills), &Skill::levels(&skills)), skills);
        assert_eq!(Skill::stored(vec!["grief".to_owned()], &SkillLevels::new()), [Skill::basic("grief")]);
        assert!(Skill::levels(&[Skill::basic("grief")]).is_empty());
    }
}
