//! One contact as triage knows it, and what follows from each thing that happens to it.

use harborline_types::{Acuity, ClosingDuty, Need, Skill};

use super::acuity_rule::{self, Direction, HeldBy, Judgment, Level, Unsigned};
use super::asq::AsqResult;
use super::facts::{Facts, News, Stated};
use super::protocol::{Protocol, Rule};

/// The reason of a level that a clinician holds.
pub const JUDGMENT: &str = "clinician_judgment";
/// The reason of a level that an earlier assessment holds.
pub const EARLIER_ASSESSMENT: &str = "earlier_assessment";

/// One contact: its facts, and what is on record of it.
pub struct Known {
    /// Everything known.
    pub facts: Facts,
    /// Names of the rules that a signed lowering has overruled.
    pub signed_over: Vec<String>,
    /// The level of the newest assessment; `None` before the first.
    pub level: Option<Level>,
}

/// What an assessment says.
#[derive(Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// How urgent.
    pub acuity: Acuity,
    /// What holds a level that the rules alone do not, then the rules that hold, the most urgent first.
    pub reasons: Vec<String>,
    /// What it takes to answer.
    pub need: Need,
    /// What must be done before the contact may close.
    pub closing_duties: Vec<ClosingDuty>,
    /// The protocol that decided.
    pub protocol: String,
}

impl Conclusion {
    /// The level that these words put on record.
    pub fn level(acuity: Acuity, reasons: &[String]) -> Level {
        let held_by = match reasons.first().map(String::as_str) {
            Some(JUDGMENT) => HeldBy::Judgment,
            Some(EARLIER_ASSESSMENT) => HeldBy::EarlierAssessment,
            _ => HeldBy::Rules,
        };
        Level { acuity, held_by }
    }
}

impl Known {
    /// The contact starts at the acuity of the earlier contact that it follows up or goes on with.
    pub fn start_at(&mut self, level: Acuity) {
        self.facts.carried = Some(self.facts.carried.unwrap_or(level).min(level));
        self.level = Some(acuity_rule::apply_earlier_contact(self.level, level));
    }

    /// The front end stated something.
    pub fn learn(&mut self, protocol: &Protocol, stated: Stated) -> Conclusion {
        let news = self.facts.learn(stated);
        self.reassess(protocol, &news)
    }

    /// A counselor recorded a complete ASQ.
    pub fn screened(&mut self, protocol: &Protocol, result: AsqResult) -> Conclusion {
        let news = self.facts.screened(result);
        self.reassess(protocol, &news)
    }

    /// A clinician judged. A lowering is signed over every rule that holds at this moment.
    ///
    /// # Errors
    /// When it lowers and nobody else has signed it: then nothing changes.
    pub fn judge(&mut self, protocol: &Protocol, judgment: &Judgment) -> Result<Conclusion, Unsigned> {
        let rules = protocol.matching(&self.facts);
        let current = acuity_rule::apply_rules(self.level, self.acuity_by_rules(&rules)).acuity;
        if acuity_rule::judged(current, judgment)? == Direction::Lowered {
            self.signed_over = rules.iter().map(|rule| rule.name.clone()).collect();
        }
        Ok(self.conclude(protocol, &rules, Level { acuity: judgment.acuity, held_by: HeldBy::Judgment }))
    }

    fn reassess(&mut self, protocol: &Protocol, news: &News) -> Conclusion {
        self.signed_over.retain(|name| !protocol.is_touched(name, news));
        let rules = protocol.matching(&self.facts);
        let on_record = match news.carried {
            Some(carried) => Some(acuity_rule::apply_earlier_contact(self.level, carried)),
            None => self.level,
        };
        let level = acuity_rule::apply_rules(on_record, self.acuity_by_rules(&rules));
        self.conclude(protocol, &rules, level)
    }

    /// The most urgent of the matching rules that no clinician's confirmed lowering has set aside.
    fn acuity_by_rules(&self, rules: &[&Rule]) -> Acuity {
        let unsigned = rules.iter().filter(|rule| !self.signed_over.contains(&rule.name));
        unsigned.map(|rule| rule.acuity).min().unwrap_or(Acuity::Routine)
    }

    fn conclude(&mut self, protocol: &Protocol, rules: &[&Rule], level: Level) -> Conclusion {
        self.level = Some(level);
        let acuity = level.acuity;
        let held_by = match level.held_by {
            HeldBy::Rules => None,
            HeldBy::EarlierAssessment => Some(EARLIER_ASSESSMENT),
            HeldBy::Judgment => Some(JUDGMENT),
        };
        let names = rules.iter().map(|rule| rule.name.as_str());
        let reasons = held_by.into_iter().chain(names).map(str::to_owned).collect();
        Conclusion {
            acuity,
            reasons,
            need: Need {
                channel: self.facts.channel,
                at_least: protocol.at_least(acuity),
                language: self.facts.language.clone(),
                jurisdiction: self.facts.jurisdiction.clone(),
                skills: deciding_skills(rules, acuity),
            },
            closing_duties: protocol.closing_duties(acuity, self.facts.caller),
            protocol: protocol.version.clone(),
        }
    }
}

/// The skills of the rules that decide. Those of less urgent rules are left out: the more urgent a contact is, the less
/// may narrow the choice of who answers it.
fn deciding_skills(rules: &[&Rule], acuity: Acuity) -> Vec<Skill> {
    Skill::merged(rules.iter().filter(|rule| rule.acuity == acuity).flat_map(|rule| rule.skills.iter().cloned()))
}

#[cfg(test)]
#[path = "known_tests.rs"]
mod tests;
