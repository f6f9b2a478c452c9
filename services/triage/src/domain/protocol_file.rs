//! Reading a protocol from its file. Every fault of the content is named, not only the first.

use std::collections::BTreeSet;
use std::str::FromStr;

use harborline_types::text::is_blank;
use harborline_types::{Acuity, ClosingDuty, Skill, Timestamp};
use serde::Deserialize;

use super::asq::AsqResult;
use super::known::{EARLIER_ASSESSMENT, JUDGMENT};
use super::protocol::{ASQ_PREFIX, DutySubstitution, LevelNeeds, Protocol, Rule, When};

/// The protocol that is in force unless a file is named.
pub const BUILT_IN: &str = include_str!("../../protocols/iop-default.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    version: u32,
    in_force_since: String,
    rule: Vec<RuleEntry>,
    level: Vec<LevelEntry>,
    #[serde(default)]
    instead: Vec<InsteadEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    name: String,
    acuity: u8,
    description: String,
    #[serde(default)]
    when: WhenEntry,
    #[serde(default)]
    skills: Vec<SkillEntry>,
}

/// A skill: its name alone for any level, or a table with the level that it must be mastered at.
#[derive(Deserialize)]
#[serde(untagged)]
enum SkillEntry {
    Named(String),
    Leveled(LeveledEntry),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeveledEntry {
    name: String,
    level: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct WhenEntry {
    any_signal: Vec<String>,
    all_signals: Vec<String>,
    asq: Vec<String>,
    self_screening: Vec<String>,
    caller: Vec<String>,
    screened: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelEntry {
    acuity: u8,
    at_least: String,
    closing_duties: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InsteadEntry {
    caller: String,
    duty: String,
    ask: String,
}

/// Reads a protocol.
///
/// # Errors
/// What is wrong with it: the first fault of its form, or else every fault of its content.
pub fn read(text: &str) -> Result<Protocol, Vec<String>> {
    let file: File = toml::from_str(text).map_err(|error| vec![error.message().to_owned()])?;
    let mut faults = Faults(Vec::new());
    if is_blank(&file.name) {
        faults.add("name", "must not be empty");
    }
    let in_force_since = file.in_force_since.parse::<Timestamp>();
    if in_force_since.is_err() {
        faults.add("in_force_since", "must be an RFC 3339 instant");
    }
    let mut rules: Vec<_> = file.rule.into_iter().filter_map(|entry| faults.rule(entry)).collect();
    rules.sort_by_key(|rule| rule.acuity);
    let mut levels: Vec<_> = file.level.into_iter().filter_map(|entry| faults.level(entry)).collect();
    levels.sort_by_key(|level| level.acuity);
    let substitutions = file.instead.into_iter().filter_map(|entry| faults.substitution(entry)).collect();
    faults.whole(&rules, &levels);
    match in_force_since {
        Ok(in_force_since) if faults.0.is_empty() => {
            let version = format!("{}/{}", file.name, file.version);
            Ok(Protocol { version, in_force_since, rules, levels, substitutions })
        }
        _ => Err(faults.0),
    }
}

struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, place: &str, fault: &str) {
        self.0.push(format!("{place}: {fault}"));
    }

    fn word<T: FromStr>(&mut self, place: &str, text: &str) -> Option<T> {
        let word = text.parse().ok();
        if word.is_none() {
            self.add(place, &format!("unknown word \"{text}\""));
        }
        word
    }

    fn words<T: FromStr>(&mut self, place: &str, texts: &[String]) -> Vec<T> {
        texts.iter().filter_map(|text| self.word(place, text)).collect()
    }

    fn acuity(&mut self, place: &str, level: u8) -> Option<Acuity> {
        let acuity = Acuity::from_level(level);
        if acuity.is_none() {
            self.add(place, "acuity must be 1 to 5");
        }
        acuity
    }

    fn rule(&mut self, entry: RuleEntry) -> Option<Rule> {
        let place = format!("rule {}", entry.name);
        let word_like = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if entry.name.is_empty() || !entry.name.chars().all(word_like) {
            self.add(&place, "the name must be lower-case letters, digits and underscores");
        }
        if [EARLIER_ASSESSMENT, JUDGMENT].contains(&entry.name.as_str()) {
            self.add(&place, "the name is reserved");
        }
        if is_blank(&entry.description) {
            self.add(&place, "the description must not be empty");
        }
        let when = When {
            any_signal: self.words(&place, &entry.when.any_signal),
            all_signals: self.words(&place, &entry.when.all_signals),
            asq: self.words(&place, &entry.when.asq),
            self_screening: self.words(&place, &entry.when.self_screening),
            caller: self.words(&place, &entry.when.caller),
            screened: entry.when.screened,
        };
        if entry.name.starts_with(ASQ_PREFIX) == when.asq.is_empty() {
            self.add(&place, "names begin with asq_ when, and only when, the rule needs an ASQ result");
        }
        let skills = entry.skills.into_iter().filter_map(|skill| self.skill(&place, skill)).collect();
        let acuity = self.acuity(&place, entry.acuity)?;
        Some(Rule { name: entry.name, acuity, description: entry.description, when, skills })
    }

    fn skill(&mut self, place: &str, entry: SkillEntry) -> Option<Skill> {
        match entry {
            SkillEntry::Named(name) => Some(Skill::basic(name)),
            SkillEntry::Leveled(entry) => Some(Skill::new(&entry.name, self.word(place, &entry.level)?)),
        }
    }

    fn level(&mut self, entry: LevelEntry) -> Option<LevelNeeds> {
        let place = format!("level {}", entry.acuity);
        let at_least = match entry.at_least.as_str() {
            "" => None,
            word => self.word(&place, word),
        };
        let closing_duties: Vec<ClosingDuty> = self.words(&place, &entry.closing_duties);
        if !closing_duties.contains(&ClosingDuty::ReasonCoded) {
            self.add(&place, "closing_duties must hold reason_coded");
        }
        Some(LevelNeeds { acuity: self.acuity(&place, entry.acuity)?, at_least, closing_duties })
    }

    fn substitution(&mut self, entry: InsteadEntry) -> Option<DutySubstitution> {
        let (caller, duty) = (self.word("instead", &entry.caller), self.word("instead", &entry.duty));
        let ask = self.word("instead", &entry.ask);
        Some(DutySubstitution { caller: caller?, replaced: duty?, replacement: ask? })
    }

    /// What no single entry can get wrong alone.
    fn whole(&mut self, rules: &[Rule], levels: &[LevelNeeds]) {
        let mut names = BTreeSet::new();
        for rule in rules.iter().filter(|rule| !names.insert(&rule.name)) {
            self.0.push(format!("rule {}: the name is used twice", rule.name));
        }
        let last_resorts: Vec<_> = rules.iter().filter(|rule| rule.when.is_otherwise()).collect();
        if last_resorts.len() != 1 {
            self.add("rule", "exactly one rule must have no conditions");
        }
        for acuity in Acuity::ALL {
            if levels.iter().filter(|level| level.acuity == acuity).count() != 1 {
                self.add("level", &format!("there must be exactly one for acuity {}", acuity.level()));
            }
        }
        for result in AsqResult::ALL {
            let speaks = |rule: &Rule| rule.when.asq.contains(result) && rule.when.needs_only_asq();
            if !rules.iter().any(speaks) {
                self.add("rule", &format!("one must hold whenever the ASQ is {result}"));
            }
        }
    }
}

impl When {
    fn needs_only_asq(&self) -> bool {
        When { asq: Vec::new(), ..self.clone() }.is_otherwise()
    }
}

#[cfg(test)]
mod tests {
    use harborline_types::SkillLevel;

    use super::*;

    fn faults_of(text: &str) -> Vec<String> {
        read(text).err().expect("the protocol should be refused")
    }

    #[test]
    fn the_built_in_protocol_is_in_order() {
        let protocol = read(BUILT_IN).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!(protocol.version, "iop-default/1");
        assert!(protocol.rules.is_sorted_by_key(|rule| rule.acuity));
    }

    #[test]
    fn every_fault_of_the_content_is_named() {
        let broken = BUILT_IN
            .replace("2026-11-01T00:00:00Z", "soon")
            .replace("any_signal = [\"overdose\"]", "any_signal = [\"overdoze\"]")
            .replace("name = \"craving\"", "name = \"panic\"")
            .replace("name = \"asq_negative\"", "name = \"negative\"")
            .replace("[\"reason_coded\", \"screen_asked\"]", "[\"screen_asked\"]")
            .replace("acuity = 4\nat_least = \"\"", "acuity = 3\nat_least = \"somebody\"");
        let faults = faults_of(&broken).join("\n");
        for expected in [
            "in_force_since: must be an RFC 3339 instant",
            "rule overdose: unknown word \"overdoze\"",
            "rule panic: the name is used twice",
            "rule negative: names begin with asq_",
            "level 5: closing_duties must hold reason_coded",
            "level 3: unknown word \"somebody\"",
            "level: there must be exactly one for acuity 3",
            "level: there must be exactly one for acuity 4",
        ] {
            assert!(faults.contains(expected), "{expected:?} is not among\n{faults}");
        }
    }

    #[test]
    fn a_protocol_must_answer_every_asq_and_have_one_last_resort() {
        let silent = BUILT_IN.replace("when = { asq = [\"negative\"] }", "when = { asq = [\"acute_positive\"] }");
        assert_eq!(faults_of(&silent), ["rule: one must hold whenever the ASQ is negative"]);
        let two = BUILT_IN.replace("when = { any_signal = [\"panic\"] }", "");
        assert_eq!(faults_of(&two), ["rule: exactly one rule must have no conditions"]);
    }

    #[test]
    fn a_skill_may_be_asked_for_at_a_level() {
        let with = |skill: &str| {
            BUILT_IN.replace("skills = [\"substance_use\"]", &format!("skills = [\"substance_use\", {skill}]"))
        };
        let protocol = read(&with("{ name = \"grief\", level = \"expert\" }")).unwrap_or_else(|all| panic!("{all:?}"));
        let craving = protocol.rules.iter().find(|rule| rule.name == "craving").expect("the rule");
        let grief = Skill::new("grief", SkillLevel::Expert);
        assert_eq!(craving.skills, [Skill::basic("substance_use"), grief]);
        let faults = faults_of(&with("{ name = \"grief\", level = \"guru\" }"));
        assert!(faults.contains(&"rule craving: unknown word \"guru\"".to_owned()), "{faults:?}");
        assert!(!faults_of(&with("{ name = \"grief\", lvl = \"expert\" }")).is_empty());
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(faults_of(&BUILT_IN.replace("skills =", "skils =")).join("").contains("skils"));
    }
}
