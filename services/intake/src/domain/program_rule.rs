//! Program rules: what a program wants done and not done on the line, and when.
//!
//! A rule can only add: things to do, duties before a contact closes, a second counselor who is asked to join. There is no
//! word for a lower acuity, a refusal or a duty taken away, and what keeps somebody safe cannot be forbidden (P5).

use chrono::{Datelike, NaiveDate, Timelike};
use harborline_types::{Acuity, CallerKind, ClosingDuty, ParticipantId, Person, Phi, Timestamp, Weekday, text_enum};
use harborline_zones::Zone;
use serde::{Deserialize, Serialize};

use super::participant::{LegalStatus, Participant, ParticipantStatus, SafeTime};
use super::support_person::{ContactRule, SupportPerson};

/// The age at which somebody is no minor any more, everywhere but in states that say otherwise: there the legal status counts.
const ADULT_AT: i32 = 18;

text_enum! {
    /// What a line of a rule speaks of.
    pub enum RuleAct {
        /// To teach or practice skills.
        CoachSkills = "coach_skills",
        /// To call or write to somebody.
        ContactPerson = "contact_person",
        /// To tell somebody something of the participant.
        Disclose = "disclose",
        /// To answer and to listen.
        Answer = "answer",
        /// To ask about suicide and safety.
        Screen = "screen",
        /// To use the safety plan, to make the surroundings safer.
        KeepSafe = "keep_safe",
        /// To send help.
        SendHelp = "send_help",
        /// To ask a supervisor, or another counselor.
        Consult = "consult",
        /// To report what the law asks to be reported.
        Report = "report",
        /// To refer on.
        Refer = "refer",
        /// Anything else.
        Other = "other",
    }
}

impl RuleAct {
    /// Whether somebody's safety depends on it, so that no rule forbids it.
    pub(crate) fn keeps_safe(self) -> bool {
        matches!(self, Self::Answer | Self::Screen | Self::KeepSafe | Self::SendHelp | Self::Consult | Self::Report)
    }
}

/// One thing to do, or not to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) act: RuleAct,
    pub(crate) text: String,
}

/// Conditions, all of which must hold. What is not set is no condition.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct When {
    pub(crate) self_harm_within_hours: Option<u32>,
    pub(crate) is_minor: bool,
    pub(crate) callers: Vec<CallerKind>,
    pub(crate) statuses: Vec<ParticipantStatus>,
    /// The number of an acuity, 1 to 5.
    pub(crate) not_more_urgent_than: Option<u8>,
    pub(crate) outside: Option<Times>,
    pub(crate) has_no_contact_person: bool,
    pub(crate) has_preferred_hospital: bool,
}

/// Times of the week on the clock of a zone; without one, of UTC.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Times {
    pub(crate) time_zone: String,
    pub(crate) times: Vec<SafeTime>,
}

/// A rule, as its program has put it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) when: When,
    #[serde(default, rename = "do")]
    pub(crate) dos: Vec<Line>,
    #[serde(default, rename = "dont")]
    pub(crate) donts: Vec<Line>,
    #[serde(default)]
    pub(crate) closing_duties: Vec<ClosingDuty>,
    #[serde(default)]
    pub(crate) asks_second_counselor: bool,
}

impl Rule {
    /// Whether it asks for more than to be read.
    pub(crate) fn has_effects(&self) -> bool {
        self.asks_second_counselor || !self.closing_duties.is_empty()
    }

    /// The lines that forbid what keeps somebody safe, by their places.
    pub(crate) fn forbids_safety(&self) -> Vec<usize> {
        (0..self.donts.len()).filter(|at| self.donts[*at].act.keeps_safe()).collect()
    }
}

/// A rule as it is kept.
#[derive(Clone)]
pub(crate) struct KeptRule {
    pub(crate) key: String,
    /// None: it is the program's.
    pub(crate) participant: Option<ParticipantId>,
    pub(crate) rule: Phi<Rule>,
    /// From 1; 0 of a shipped rule that the program has not changed.
    pub(crate) version: i64,
    /// None of a shipped rule that the program has not changed.
    pub(crate) put: Option<(Person, Timestamp)>,
    pub(crate) is_in_force: bool,
}

impl KeptRule {
    /// What who changes it gives back; empty before the program has put it.
    pub(crate) fn etag(&self) -> String {
        if self.version == 0 { String::new() } else { self.version.to_string() }
    }
}

/// What rules are asked about.
pub(crate) struct Situation<'a> {
    /// None where nobody is known.
    pub(crate) participant: Option<&'a Participant>,
    pub(crate) support_persons: &'a [SupportPerson],
    pub(crate) last_self_harm: Option<Timestamp>,
    pub(crate) caller: CallerKind,
    pub(crate) acuity: Acuity,
    pub(crate) now: Timestamp,
}

/// A rule that fires.
pub(crate) struct Fired {
    pub(crate) kept: KeptRule,
    /// Why, a sentence for each condition.
    pub(crate) reasons: Vec<String>,
    pub(crate) dos: Vec<Line>,
    pub(crate) donts: Vec<Line>,
}

/// The rules that fire, the participant's own first, then by key.
pub(crate) fn fired(rules: Vec<KeptRule>, situation: &Situation<'_>) -> Vec<Fired> {
    let mut fired: Vec<Fired> = rules.into_iter().filter_map(|kept| situation.fires(kept)).collect();
    fired.sort_by(|a, b| (a.kept.participant.is_none(), &a.kept.key).cmp(&(b.kept.participant.is_none(), &b.kept.key)));
    fired
}

impl Situation<'_> {
    fn fires(&self, kept: KeptRule) -> Option<Fired> {
        let rule = kept.rule.expose();
        let is_other = |of| self.participant.is_none_or(|known| known.id != of);
        if !kept.is_in_force || kept.participant.is_some_and(is_other) {
            return None;
        }
        let reasons = self.reasons(&rule.when)?;
        let shown = |lines: &[Line]| lines.iter().filter_map(|line| self.shown(line)).collect();
        let (dos, donts) = (shown(&rule.dos), shown(&rule.donts));
        Some(Fired { reasons, dos, donts, kept })
    }

    /// Why the conditions hold; none if one of them does not.
    fn reasons(&self, when: &When) -> Option<Vec<String>> {
        let conditions = [
            when.self_harm_within_hours.map(|hours| self.self_harm(hours)),
            when.is_minor.then(|| self.minor()),
            (!when.callers.is_empty()).then(|| self.caller(&when.callers)),
            (!when.statuses.is_empty()).then(|| self.status(&when.statuses)),
            when.not_more_urgent_than.map(|acuity| self.acuity(acuity)),
            when.outside.as_ref().map(|times| self.outside(times)),
            when.has_no_contact_person.then(|| self.no_contact_person()),
            when.has_preferred_hospital.then(|| self.preferred_hospital()),
        ];
        let reasons = conditions.into_iter().flatten().collect::<Option<Vec<_>>>()?;
        Some(if reasons.is_empty() { vec!["always".to_owned()] } else { reasons })
    }

    fn self_harm(&self, within_hours: u32) -> Option<String> {
        let hours = (self.now - self.last_self_harm?).num_hours().max(0);
        (hours < i64::from(within_hours)).then(|| format!("self-harm {hours} hours ago, less than {within_hours}"))
    }

    fn minor(&self) -> Option<String> {
        let profile = self.participant?.details.profile.expose();
        if let Some(LegalStatus::MinorConsented | LegalStatus::MinorByParent) = profile.legal_status {
            return Some("a minor, by legal status".to_owned());
        }
        let today = self.now.date_naive();
        let age = age_on(profile.birth_date.filter(|_| profile.legal_status.is_none())?, today);
        (age < ADULT_AT).then(|| format!("{age} years old"))
    }

    fn caller(&self, callers: &[CallerKind]) -> Option<String> {
        callers.contains(&self.caller).then(|| format!("the caller is a {}", self.caller.as_str().replace('_', " ")))
    }

    fn status(&self, statuses: &[ParticipantStatus]) -> Option<String> {
        let status = self.participant?.status;
        statuses.contains(&status).then(|| format!("the participant is {}", status.as_str().replace('_', " ")))
    }

    fn acuity(&self, limit: u8) -> Option<String> {
        let level = self.acuity.level();
        (level >= limit).then(|| format!("acuity {level}, not more urgent than {limit}"))
    }

    fn outside(&self, times: &Times) -> Option<String> {
        let zone = if times.time_zone.is_empty() { Zone::UTC } else { times.time_zone.parse().ok()? };
        let local = self.now.with_timezone(&zone);
        let (day, minute) = (local.weekday(), i32::try_from(local.hour() * 60 + local.minute()).unwrap_or_default());
        let is_inside = times.times.iter().any(|time| holds_at(time, day, minute));
        (!is_inside).then(|| format!("outside the program's times, at {:02}:{:02}", local.hour(), local.minute()))
    }

    fn no_contact_person(&self) -> Option<String> {
        let count = self.no_contact_persons().count();
        (count > 0).then(|| format!("{count} whom nobody may contact"))
    }

    fn preferred_hospital(&self) -> Option<String> {
        let hospital = &self.participant?.details.profile.expose().preferred_hospital;
        (!hospital.is_empty()).then(|| "the participant has named a hospital".to_owned())
    }

    fn no_contact_persons(&self) -> impl Iterator<Item = &str> {
        let persons = self.support_persons.iter().filter(|person| person.ended_at.is_none());
        let details = persons.map(|person| person.details.expose());
        details.filter(|details| details.rule == Some(ContactRule::Never)).map(|details| details.name.as_str())
    }

    /// A line with what the record has; none where it has nothing.
    fn shown(&self, line: &Line) -> Option<Line> {
        let profile = self.participant.map(|known| known.details.profile.expose());
        let emergency = profile.and_then(|profile| profile.local_emergency_number.as_ref());
        let words = [
            ("{preferred_hospital}", profile.map(|profile| profile.preferred_hospital.clone()).unwrap_or_default()),
            ("{emergency_number}", emergency.map(|local| local.number.clone()).unwrap_or_default()),
            ("{no_contact_persons}", self.no_contact_persons().collect::<Vec<_>>().join(", ")),
        ];
        let mut text = line.text.clone();
        for (placeholder, value) in words {
            if text.contains(placeholder) {
                if value.is_empty() {
                    return None;
                }
                text = text.replace(placeholder, &value);
            }
        }
        Some(Line { act: line.act, text })
    }
}

fn age_on(birth: NaiveDate, today: NaiveDate) -> i32 {
    let had_birthday = (today.month(), today.day()) >= (birth.month(), birth.day());
    today.year() - birth.year() - i32::from(!had_birthday)
}

/// Whether a time of the week holds at a minute of a day. One that does not end after it starts ends on the next day.
fn holds_at(time: &SafeTime, day: chrono::Weekday, minute: i32) -> bool {
    let (starts, ends) = (i32::from(time.starts.minutes()), i32::from(time.ends.minutes()));
    let is_on = |day: chrono::Weekday| time.days.is_empty() || time.days.iter().any(|on| weekday(*on) == day);
    if starts < ends {
        return is_on(day) && (starts..ends).contains(&minute);
    }
    is_on(day) && minute >= starts || is_on(day.pred()) && minute < ends
}

fn weekday(day: Weekday) -> chrono::Weekday {
    match day {
        Weekday::Monday => chrono::Weekday::Mon,
        Weekday::Tuesday => chrono::Weekday::Tue,
        Weekday::Wednesday => chrono::Weekday::Wed,
        Weekday::Thursday => chrono::Weekday::Thu,
        Weekday::Friday => chrono::Weekday::Fri,
        Weekday::Saturday => chrono::Weekday::Sat,
        Weekday::Sunday => chrono::Weekday::Sun,
    }
}

#[cfg(test)]
#[path = "program_rule_tests.rs"]
mod tests;
