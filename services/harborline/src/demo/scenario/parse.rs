//! From the text of a scenario file to a consistent scenario, or to all its faults.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use harborline_types::{Acuity, CallerKind, Channel, CounselorKind, Signal};
use toml::de::DeTable;

use super::model::{
    AsqScript, AsqWord, CallerScript, ClinicAnswer, ClinicScript, CounselorScript, Night, ParticipantScript,
    ResponseTimes, Scenario, StatusWord,
};
use super::read::{Fault, Source, Table};

const SERVICES: [&str; 6] = ["emergency_room", "inpatient", "mobile_crisis", "outpatient", "detox", "local_support"];

/// Reads a scenario.
///
/// # Errors
/// Every fault of the text, by line.
pub(crate) fn parse(text: &str) -> Result<Scenario, Vec<Fault>> {
    let source = Source::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let offset = error.span().map_or(0, |span| span.start);
        source.fault(source.line(offset), "", error.message());
    }
    let scenario = errors.is_empty().then(|| {
        let root = Table::new(&source, String::new(), document.get_ref(), 1);
        let scenario = scenario(&root);
        root.finish();
        scenario
    });
    let faults = source.into_faults();
    match scenario {
        Some(scenario) if faults.is_empty() => Ok(scenario),
        _ => Err(faults),
    }
}

fn scenario(root: &Table<'_>) -> Scenario {
    let night = root.table("night");
    if night.is_none() {
        root.fault("night", "is required");
    }
    let participants: Vec<_> = root.tables("participant").iter().map(participant).collect();
    let names: BTreeMap<_, _> =
        participants.iter().enumerate().map(|(index, participant)| (participant.name.clone(), index)).collect();
    if names.len() != participants.len() {
        root.fault("participant", "names must be unique");
    }
    let counselors: Vec<_> = root.tables("counselor").iter().map(counselor).collect();
    let distinct: std::collections::BTreeSet<_> = counselors.iter().map(|counselor| &counselor.name).collect();
    if distinct.len() != counselors.len() {
        root.fault("counselor", "names must be unique");
    }
    let contacts: Vec<_> = root.tables("contact").iter().map(|table| contact(table, &names)).collect();
    if contacts.is_empty() {
        root.fault("contact", "at least one is required");
    }
    Scenario {
        night: self::night(night.as_ref()),
        response_times: response_times(root.table("response_times").as_ref()),
        clinics: root.tables("clinic").iter().map(clinic).collect(),
        counselors,
        participants,
        contacts,
    }
}

fn night(table: Option<&Table<'_>>) -> Night {
    let start = table.map(|table| table.required_text("starts_at")).unwrap_or_default();
    let starts_at = DateTime::parse_from_rfc3339(&start).map(|at| at.with_timezone(&Utc));
    if let (Some(table), Err(_)) = (table, &starts_at) {
        table.fault("starts_at", "must be an instant such as \"2026-01-15T20:00:00Z\"");
    }
    let speed = table.and_then(|table| table.number("speed", 1.0..=100_000.0)).unwrap_or(1800.0);
    let limit = table.and_then(|table| table.number("real_limit_seconds", 1.0..=86_400.0)).unwrap_or(240.0);
    if let Some(table) = table {
        table.finish();
    }
    Night { starts_at: starts_at.unwrap_or_default(), speed, real_limit: Duration::from_secs_f64(limit) }
}

fn response_times(table: Option<&Table<'_>>) -> ResponseTimes {
    let seconds = |key, absent: f64| {
        let given = table.and_then(|table| table.number(key, 0.05..=3600.0));
        Duration::from_secs_f64(given.unwrap_or(absent))
    };
    let times = ResponseTimes {
        urgent_offer_timeout: seconds("urgent_offer_timeout_seconds", 1.0),
        offer_timeout: seconds("offer_timeout_seconds", 2.0),
        widen_after: table
            .and_then(|table| table.numbers("widen_after_seconds"))
            .unwrap_or_else(|| vec![3.0, 6.0, 9.0])
            .into_iter()
            .map(Duration::from_secs_f64)
            .collect(),
        page_after: seconds("page_after_seconds", 9.0),
        backup_after: seconds("backup_after_seconds", 20.0),
        presence_grace: seconds("presence_grace_seconds", 2.0),
    };
    if let Some(table) = table {
        if times.widen_after.len() != 3 || !times.widen_after.is_sorted() {
            table.fault("widen_after_seconds", "must have three numbers, each not below the one before");
        }
        table.finish();
    }
    times
}

fn counselor(table: &Table<'_>) -> CounselorScript {
    let channels = table.words("channels", Channel::ALL).unwrap_or_else(|| Channel::ALL.to_vec());
    let counselor = CounselorScript {
        name: name(table),
        kind: table.word("kind", CounselorKind::ALL).unwrap_or(CounselorKind::CrisisCounselor),
        languages: table.texts("languages").unwrap_or_else(|| vec!["en".to_owned()]),
        channels,
        skills: table.texts("skills").unwrap_or_default(),
        jurisdictions: table.texts("jurisdictions").unwrap_or_else(|| vec!["US-VA".to_owned()]),
        message_capacity: table.number("message_capacity", 1.0..=8.0).map_or(2, |count| count as i32),
        on_duty_from: offset(table, "on_duty_from").unwrap_or_default(),
        on_duty_until: offset(table, "on_duty_until"),
        reaction: seconds(table, "reaction_seconds", 0.05),
        declines: table.counts("declines_offers").unwrap_or_default(),
        ignores: table.counts("ignores_offers").unwrap_or_default(),
        breaks_in: table.counts("connection_breaks_in").unwrap_or_default(),
        back_after: seconds(table, "back_after_seconds", 4.0),
    };
    if counselor.languages.is_empty() {
        table.fault("languages", "must name at least one language");
    }
    if counselor.channels.is_empty() {
        table.fault("channels", "must name at least one channel");
    }
    if counselor.on_duty_until.is_some_and(|until| until <= counselor.on_duty_from) {
        table.fault("on_duty_until", "must be after on_duty_from");
    }
    table.finish();
    counselor
}

fn participant(table: &Table<'_>) -> ParticipantScript {
    let participant = ParticipantScript {
        name: name(table),
        language: table.text("language").unwrap_or_else(|| "en".to_owned()),
        jurisdiction: table.text("jurisdiction").unwrap_or_else(|| "US-VA".to_owned()),
        status: table.word("status", StatusWord::ALL).unwrap_or(StatusWord::Active),
    };
    table.finish();
    participant
}

fn clinic(table: &Table<'_>) -> ClinicScript {
    let clinic = ClinicScript {
        name: name(table),
        services: table.texts("services").unwrap_or_else(|| vec!["outpatient".to_owned()]),
        jurisdictions: table.texts("jurisdictions").unwrap_or_default(),
        rank: table.number("rank", 0.0..=1_000_000.0).unwrap_or(0.0) as i32,
        answers: table.words("answers", ClinicAnswer::ALL).unwrap_or_else(|| vec![ClinicAnswer::Accept]),
        answer_after: minutes(table, "answer_after_minutes", 10.0),
    };
    if clinic.answers.is_empty() {
        table.fault("answers", "must have at least one answer");
    }
    if let Some(unknown) = clinic.services.iter().find(|service| !SERVICES.contains(&service.as_str())) {
        table.fault("services", format!("knows no {unknown:?}: {}", SERVICES.join(", ")));
    }
    table.finish();
    clinic
}

fn contact(table: &Table<'_>, participants: &BTreeMap<String, usize>) -> CallerScript {
    if offset(table, "at").is_none() && table.line_of("at") == table.line() {
        table.fault("at", "is required");
    }
    let caller = table.word("caller", CallerKind::ALL).unwrap_or(CallerKind::Participant);
    let known = |key: &'static str| {
        let name = table.text(key)?;
        let index = participants.get(&name).copied();
        if index.is_none() {
            table.fault(key, format!("{name:?} is not among the scenario's participants"));
        }
        index
    };
    let (participant, turns_out_to_be) = (known("participant"), known("turns_out_to_be"));
    if turns_out_to_be.is_some() && caller != CallerKind::Unknown {
        table.fault("turns_out_to_be", "is for an unknown caller");
    }
    if caller == CallerKind::Participant && table.text("participant").is_none() {
        table.fault("participant", "is required when the caller is a participant");
    }
    let refer_to = table.text("refer_to");
    if refer_to.as_deref().is_some_and(|service| !SERVICES.contains(&service)) {
        table.fault("refer_to", format!("must be one of {}", SERVICES.join(", ")));
    }
    let back_after =
        table.number("back_after_minutes", 0.0..=1440.0).map(|minutes| TimeDelta::seconds((minutes * 60.0) as i64));
    if back_after.is_some() && table.number("patience_seconds", 0.0..=86_400.0).is_none() {
        table.fault("back_after_minutes", "needs patience_seconds: a caller who does not leave is not back");
    }
    let writes_safety_plan = table.flag("writes_safety_plan", false);
    if writes_safety_plan && caller != CallerKind::Participant {
        table.fault("writes_safety_plan", "is for a participant");
    }
    let contact = CallerScript {
        line: table.line(),
        at: offset(table, "at").unwrap_or_default(),
        channel: table.word("channel", Channel::ALL).unwrap_or(Channel::Phone),
        caller,
        participant,
        turns_out_to_be,
        language: table.text("language").unwrap_or_default(),
        jurisdiction: table.text("jurisdiction").unwrap_or_default(),
        callback: table.flag("callback", true),
        signals: table.words("signals", Signal::ALL).unwrap_or_default(),
        self_screening: asq(table, "self_screening"),
        screening: asq(table, "screening"),
        late_screening: asq(table, "late_screening"),
        judged: table.number("judged_acuity", 1.0..=5.0).and_then(|level| Acuity::from_level(level as u8)),
        talk: minutes(table, "talk_minutes", 15.0),
        patience: table.number("patience_seconds", 0.0..=86_400.0).map(Duration::from_secs_f64),
        back_after,
        hangs_up: table.flag("hangs_up", false),
        writes_safety_plan,
        refer_to,
        reached_on_attempt: table.number("reached_on_attempt", 0.0..=1000.0).map_or(1, |attempt| attempt as u32),
    };
    table.finish();
    contact
}

/// Four or five answers: questions 1 to 4, and question 5 exactly when one of them is not "no".
fn asq(table: &Table<'_>, key: &'static str) -> Option<AsqScript> {
    let words = table.words(key, AsqWord::ALL)?;
    let positive = words.iter().take(4).any(|word| *word != AsqWord::No);
    if words.len() != if positive { 5 } else { 4 } {
        table.fault(key, "must answer questions 1 to 4, and question 5 exactly when one of them is not \"no\"");
        return None;
    }
    Some(AsqScript { answers: [words[0], words[1], words[2], words[3]], thoughts_now: words.get(4).copied() })
}

fn name(table: &Table<'_>) -> String {
    let name = table.required_text("name");
    if name.chars().count() > 100 {
        table.fault("name", "must have at most 100 characters");
    }
    name
}

/// Hours and minutes after the night's start, such as "3:20" or "26:00".
fn offset(table: &Table<'_>, key: &'static str) -> Option<TimeDelta> {
    let text = table.text(key)?;
    let read = text.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes): (i64, f64) = (hours.parse().ok()?, minutes.parse().ok()?);
        let fits = (0..=1000).contains(&hours) && (0.0..60.0).contains(&minutes);
        fits.then(|| TimeDelta::seconds(hours * 3600 + (minutes * 60.0) as i64))
    });
    if read.is_none() {
        table.fault(key, "must be hours and minutes after the start, such as \"3:20\"");
    }
    read
}

fn seconds(table: &Table<'_>, key: &'static str, absent: f64) -> Duration {
    Duration::from_secs_f64(table.number(key, 0.0..=86_400.0).unwrap_or(absent))
}

fn minutes(table: &Table<'_>, key: &'static str, absent: f64) -> TimeDelta {
    TimeDelta::seconds((table.number(key, 0.0..=10_000.0).unwrap_or(absent) * 60.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::scenario::DEFAULT_NIGHT;

    #[test]
    fn the_default_night_reads() {
        let faults: Vec<_> = parse(DEFAULT_NIGHT).err().unwrap_or_default().iter().map(ToString::to_string).collect();
        assert_eq!(faults, Vec::<String>::new());
        let night = parse(DEFAULT_NIGHT).unwrap_or_else(|_| unreachable!());
        assert!(night.contacts.len() >= 60 && night.counselors.len() >= 8);
    }

    #[test]
    fn every_fault_is_named_with_its_line_and_field() {
        let text =
            "[night]\nstarts_at = \"tonight\"\n\n[[contact]]\nat = \"soon\"\nparticipant = \"nobody\"\nshoe = 1\n";
        let faults: Vec<_> = parse(text).err().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "line 2: night.starts_at must be an instant such as \"2026-01-15T20:00:00Z\"",
                "line 5: contact[1].at must be hours and minutes after the start, such as \"3:20\"",
                "line 6: contact[1].participant \"nobody\" is not among the scenario's participants",
                "line 7: contact[1].shoe is not a field of a scenario",
            ]
        );
    }

    #[test]
    fn a_fault_of_syntax_has_its_line() {
        let faults = parse("[night]\nstarts_at = \n").err().unwrap();
        assert_eq!(faults[0].line, 2);
    }
}
