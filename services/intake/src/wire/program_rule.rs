//! Program rules between the domain and the contracts.

use harborline_proto::intake::v1 as pb;
use harborline_status::Fields;
use harborline_types::wire::{number, numbers, timestamp};
use harborline_types::{Acuity, Phi, wire_enum};

use super::participant::{list, optional_word, read_safe_times, safe_times, time_zone};
use crate::domain::program_rule::{Fired, KeptRule, Line, Rule, RuleAct, Times, When};

/// So many hours self-harm may count at most: a week.
const MOST_HOURS: u32 = 168;

wire_enum!(
    RuleAct,
    pb::RuleAct {
        CoachSkills,
        ContactPerson,
        Disclose,
        Answer,
        Screen,
        KeepSafe,
        SendHelp,
        Consult,
        Report,
        Refer,
        Other
    }
);

/// A rule as those see it who keep it.
pub(crate) fn kept(kept: KeptRule) -> pb::KeptRule {
    let etag = kept.etag();
    let (put_by, put_at) = kept.put.unzip();
    pb::KeptRule {
        key: kept.key,
        participant_id: kept.participant.map(|id| id.to_string()).unwrap_or_default(),
        rule: Some(rule(kept.rule.into_exposed())),
        version: kept.version,
        etag,
        put_by: put_by.map(Into::into),
        put_at: put_at.map(timestamp),
        is_in_force: kept.is_in_force,
    }
}

/// A rule that fires, as the counselor reads it.
pub(crate) fn fired(fired: Fired) -> pb::FiredRule {
    let (kept, rule) = (fired.kept, |lines: Vec<Line>| lines.into_iter().map(line).collect());
    let of = kept.rule.into_exposed();
    pb::FiredRule {
        key: kept.key,
        participant_id: kept.participant.map(|id| id.to_string()).unwrap_or_default(),
        version: kept.version,
        title: of.title,
        source: of.source,
        reasons: fired.reasons,
        r#do: rule(fired.dos),
        dont: rule(fired.donts),
        closing_duties: numbers(&of.closing_duties),
        asks_second_counselor: of.asks_second_counselor,
    }
}

fn line(line: Line) -> pb::RuleLine {
    pb::RuleLine { act: number(line.act), text: line.text }
}

fn rule(rule: Rule) -> pb::ProgramRule {
    pb::ProgramRule {
        title: rule.title,
        source: rule.source,
        when: Some(condition(rule.when)),
        r#do: rule.dos.into_iter().map(line).collect(),
        dont: rule.donts.into_iter().map(line).collect(),
        closing_duties: numbers(&rule.closing_duties),
        asks_second_counselor: rule.asks_second_counselor,
    }
}

fn condition(when: When) -> pb::RuleCondition {
    let outside = when.outside.unwrap_or(Times { time_zone: String::new(), times: Vec::new() });
    let hours = when.self_harm_within_hours.unwrap_or_default();
    pb::RuleCondition {
        self_harm_within_hours: i32::try_from(hours).unwrap_or(i32::MAX),
        is_minor: when.is_minor,
        callers: numbers(&when.callers),
        statuses: numbers(&when.statuses),
        not_more_urgent_than: when.not_more_urgent_than.and_then(Acuity::from_level).map_or(0, number),
        outside_times: safe_times(outside.times),
        time_zone: outside.time_zone,
        has_no_contact_person: when.has_no_contact_person,
        has_preferred_hospital: when.has_preferred_hospital,
    }
}

/// Reads the key of a rule.
pub(crate) fn read_key(fields: &mut Fields, key: &str) -> Option<String> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let is_key = key.len() <= 100 && key.split('-').all(is_word);
    if !is_key {
        fields.fault("key", "must be lower-case words of letters and digits with hyphens, 1 to 100 characters");
    }
    is_key.then(|| key.to_owned())
}

/// Reads a rule, naming every wrong field. What keeps somebody safe is not forbidden.
pub(crate) fn read_rule(fields: &mut Fields, wire: Option<&pb::ProgramRule>) -> Option<Phi<Rule>> {
    let wire = fields.message("rule", wire);
    let title = fields.text("rule.title", &wire.title, 1..=200);
    let source = fields.text("rule.source", &wire.source, 0..=500);
    let when = read_condition(fields, "rule.when", &wire.when.clone().unwrap_or_default());
    let dos = list(fields, "rule.do", &wire.r#do, 20, read_line);
    let donts = list(fields, "rule.dont", &wire.dont, 20, read_line);
    let closing_duties = fields.words("rule.closing_duties", &wire.closing_duties);
    if wire.r#do.is_empty() && wire.dont.is_empty() {
        fields.fault("rule.do", "must have a line, or dont must");
    }
    let rule = Rule {
        title: title?,
        source: source?,
        when: when?,
        dos: dos?,
        donts: donts?,
        closing_duties: closing_duties?,
        asks_second_counselor: wire.asks_second_counselor,
    };
    let forbidding = rule.forbids_safety();
    for at in &forbidding {
        fields.fault(format!("rule.dont[{at}].act"), "keeps somebody safe: no rule forbids it");
    }
    forbidding.is_empty().then(|| Phi::new(rule))
}

fn read_line(fields: &mut Fields, field: &str, wire: &pb::RuleLine) -> Option<Line> {
    let act = fields.word(&format!("{field}.act"), wire.act);
    let text = fields.text(&format!("{field}.text"), &wire.text, 1..=500);
    Some(Line { act: act?, text: text? })
}

fn read_condition(fields: &mut Fields, field: &str, wire: &pb::RuleCondition) -> Option<When> {
    let hours = u32::try_from(wire.self_harm_within_hours).ok().filter(|hours| *hours <= MOST_HOURS);
    if hours.is_none() {
        fields.fault(format!("{field}.self_harm_within_hours"), "must be from 1 to 168, or 0");
    }
    let callers = fields.words(&format!("{field}.callers"), &wire.callers);
    let statuses = fields.words(&format!("{field}.statuses"), &wire.statuses);
    let acuity: Option<Option<Acuity>> =
        optional_word(fields, &format!("{field}.not_more_urgent_than"), wire.not_more_urgent_than);
    let outside = read_times(fields, field, wire);
    Some(When {
        self_harm_within_hours: hours.map(|hours| (hours > 0).then_some(hours))?,
        is_minor: wire.is_minor,
        callers: callers?,
        statuses: statuses?,
        not_more_urgent_than: acuity?.map(Acuity::level),
        outside: outside?,
        has_no_contact_person: wire.has_no_contact_person,
        has_preferred_hospital: wire.has_preferred_hospital,
    })
}

fn read_times(fields: &mut Fields, field: &str, wire: &pb::RuleCondition) -> Option<Option<Times>> {
    let times = read_safe_times(fields, &format!("{field}.outside_times"), &wire.outside_times);
    let time_zone = time_zone(fields, &format!("{field}.time_zone"), &wire.time_zone);
    let (times, time_zone) = (times?, time_zone?);
    Some((!times.is_empty()).then_some(Times { time_zone, times }))
}
