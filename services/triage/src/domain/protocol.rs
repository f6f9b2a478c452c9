//! A protocol: which facts mean which acuity, and what a contact of each acuity needs. Protocols are data.

use harborline_types::{Acuity, CallerKind, ClosingDuty, CounselorKind, Signal, Skill, Timestamp};

use super::asq::AsqResult;
use super::facts::{Facts, News};

/// Rules whose names begin so hold only on a complete ASQ, and every complete ASQ makes one of them hold.
pub const ASQ_PREFIX: &str = "asq_";

/// A protocol whose every part has been checked: read one with [`super::protocol_file::read`].
pub struct Protocol {
    /// Name and version, for example "iop-default/1".
    pub version: String,
    /// Since when it is in force.
    pub in_force_since: Timestamp,
    /// The most urgent first; the last resort ([`When::is_otherwise`]) is among them exactly once.
    pub rules: Vec<Rule>,
    /// Exactly one an acuity, the most urgent first.
    pub levels: Vec<LevelNeeds>,
    /// Closing duties that callers of some kind cannot meet, each with the one that takes its place.
    pub substitutions: Vec<DutySubstitution>,
}

/// One rule.
pub struct Rule {
    /// The name that appears among an assessment's reasons.
    pub name: String,
    /// The acuity of a contact for which it holds.
    pub acuity: Acuity,
    /// What it says, for people.
    pub description: String,
    /// When it holds.
    pub when: When,
    /// Skills that the contact needs when this rule decides, each at its level or above.
    pub skills: Vec<Skill>,
}

/// Conditions, all of which must hold. An empty list is no condition.
#[derive(Clone, Default)]
pub struct When {
    /// One of these signals.
    pub any_signal: Vec<Signal>,
    /// All of these signals.
    pub all_signals: Vec<Signal>,
    /// The newest complete ASQ has one of these results.
    pub asq: Vec<AsqResult>,
    /// The caller's own answers have one of these results.
    pub self_screening: Vec<AsqResult>,
    /// The caller is one of these.
    pub caller: Vec<CallerKind>,
    /// Whether a complete ASQ is on record.
    pub screened: Option<bool>,
}

/// What a contact of one acuity needs.
pub struct LevelNeeds {
    /// The acuity.
    pub acuity: Acuity,
    /// The lowest standing that may answer; `None` means anybody trained.
    pub at_least: Option<CounselorKind>,
    /// What must be done before the contact may close.
    pub closing_duties: Vec<ClosingDuty>,
}

/// For callers of one kind, one closing duty in the place of another.
pub struct DutySubstitution {
    /// The kind of caller.
    pub caller: CallerKind,
    /// What cannot be demanded.
    pub replaced: ClosingDuty,
    /// The duty that takes its place.
    pub replacement: ClosingDuty,
}

impl When {
    /// Whether there is no condition: the rule of last resort.
    pub fn is_otherwise(&self) -> bool {
        let lists_are_empty = self.any_signal.is_empty() && self.all_signals.is_empty() && self.caller.is_empty();
        lists_are_empty && self.asq.is_empty() && self.self_screening.is_empty() && self.screened.is_none()
    }

    fn holds(&self, facts: &Facts) -> bool {
        let stated = |signal: &Signal| facts.signals.contains(signal);
        (self.any_signal.is_empty() || self.any_signal.iter().any(stated))
            && self.all_signals.iter().all(stated)
            && one_of(&self.asq, facts.asq)
            && one_of(&self.self_screening, facts.self_screening)
            && one_of(&self.caller, Some(facts.caller))
            && self.screened.is_none_or(|screened| screened == facts.asq.is_some())
    }

    /// Whether news is among what this rule looks at, so that what was signed over before must be looked at again.
    fn is_touched_by(&self, news: &News) -> bool {
        let mut signals = self.any_signal.iter().chain(&self.all_signals);
        signals.any(|signal| news.signals.contains(signal))
            || (news.asq && !self.asq.is_empty())
            || (news.self_screening && !self.self_screening.is_empty())
    }
}

fn one_of<T: PartialEq>(allowed: &[T], fact: Option<T>) -> bool {
    allowed.is_empty() || fact.is_some_and(|fact| allowed.contains(&fact))
}

impl Protocol {
    /// The rules that hold, the most urgent first. The last resort holds only when no other does, so that there is
    /// always at least one.
    pub fn matching(&self, facts: &Facts) -> Vec<&Rule> {
        let conditional = self.rules.iter().filter(|rule| !rule.when.is_otherwise() && rule.when.holds(facts));
        let holding: Vec<_> = conditional.collect();
        if holding.is_empty() { self.rules.iter().filter(|rule| rule.when.is_otherwise()).collect() } else { holding }
    }

    /// Whether news touches the rule of this name; a rule that this protocol no longer has is touched by nothing.
    pub fn is_touched(&self, name: &str, news: &News) -> bool {
        self.rules.iter().any(|rule| rule.name == name && rule.when.is_touched_by(news))
    }

    /// The lowest standing that may answer a contact of this acuity.
    pub fn at_least(&self, acuity: Acuity) -> Option<CounselorKind> {
        self.levels.iter().find(|level| level.acuity == acuity).and_then(|level| level.at_least)
    }

    /// What must be done before a contact of this acuity, by this kind of caller, may close.
    pub fn closing_duties(&self, acuity: Acuity, caller: CallerKind) -> Vec<ClosingDuty> {
        let level = self.levels.iter().find(|level| level.acuity == acuity);
        let mut duties = Vec::new();
        for duty in level.into_iter().flat_map(|level| &level.closing_duties) {
            let substitution = self.substitutions.iter().find(|one| one.caller == caller && one.replaced == *duty);
            let duty = substitution.map_or(*duty, |one| one.replacement);
            if !duties.contains(&duty) {
                duties.push(duty);
            }
        }
        duties
    }
}
