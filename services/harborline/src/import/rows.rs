//! The rows of a file, one participant each.

use std::path::Path;

use anyhow::Context;
use csv::{ReaderBuilder, Trim};
use harborline_proto::intake::v1 as pb;
use serde::Deserialize;

/// The columns that a file must have.
const REQUIRED: [&str; 6] =
    ["row_key", "name", "dedicated_number", "verification_phrase", "clinician_id", "clinician_name"];
/// The columns that it may have.
const OPTIONAL: [&str; 10] = [
    "language",
    "jurisdiction",
    "name_to_use",
    "pronouns",
    "birth_date",
    "time_zone",
    "home_address",
    "preferred_hospital",
    "goals",
    "challenges",
];
/// What parts the entries of a column that holds several.
const PARTS: char = ';';

/// One row, as it stands in the file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Row {
    row_key: String,
    name: String,
    dedicated_number: String,
    verification_phrase: String,
    clinician_id: String,
    clinician_name: String,
    language: String,
    jurisdiction: String,
    name_to_use: String,
    pronouns: String,
    birth_date: String,
    time_zone: String,
    home_address: String,
    preferred_hospital: String,
    goals: String,
    challenges: String,
}

/// A participant to enroll, and the line of the file.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) row_key: String,
    pub(super) participant: pb::EnrollParticipantRequest,
}

/// The rows of a file, read as they are wanted.
///
/// # Errors
/// When it cannot be read, or its columns are not those that there are.
pub(super) fn rows(file: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Line>> + Send + use<>> {
    let reader = ReaderBuilder::new().trim(Trim::All).from_path(file);
    let mut reader = reader.with_context(|| format!("cannot read {}", file.display()))?;
    check_columns(reader.headers().context("the first line must name the columns")?.iter())?;
    let headers = reader.headers()?.clone();
    // A fault of the file is told by its line, and never with what stands there.
    Ok(reader.into_records().map(move |record| {
        let record = record.map_err(|error| anyhow::anyhow!("line {}: has other columns", line_of(&error)))?;
        let number = record.position().map_or(0, csv::Position::line);
        let row: Row = record.deserialize(Some(&headers)).map_err(|_| anyhow::anyhow!("line {number}: is no text"))?;
        Ok(Line { number, row_key: row.row_key.clone(), participant: participant(row) })
    }))
}

fn line_of(error: &csv::Error) -> u64 {
    error.position().map_or(0, csv::Position::line)
}

fn check_columns<'a>(columns: impl Iterator<Item = &'a str>) -> anyhow::Result<()> {
    let columns: Vec<_> = columns.collect();
    let missing: Vec<_> = REQUIRED.into_iter().filter(|column| !columns.contains(column)).collect();
    let is_known = |column: &&str| REQUIRED.contains(column) || OPTIONAL.contains(column);
    let unknown: Vec<_> = columns.iter().filter(|column| !is_known(column)).copied().collect();
    anyhow::ensure!(missing.is_empty(), "these columns are missing: {}", missing.join(", "));
    anyhow::ensure!(
        unknown.is_empty(),
        "these columns are unknown: {}; a file may have {} and {}",
        unknown.join(", "),
        REQUIRED.join(", "),
        OPTIONAL.join(", ")
    );
    Ok(())
}

fn participant(row: Row) -> pb::EnrollParticipantRequest {
    pb::EnrollParticipantRequest {
        request_id: String::new(),
        name: row.name,
        dedicated_number: row.dedicated_number,
        verification_phrase: row.verification_phrase,
        language: row.language,
        jurisdiction: row.jurisdiction,
        responsible_clinician: Some(pb::Person { person_id: row.clinician_id, name: row.clinician_name }),
        care_brief: Some(pb::CareBrief {
            goals: parts(&row.goals),
            challenges: parts(&row.challenges),
            program_rules: Vec::new(),
        }),
        profile: Some(pb::ParticipantProfile {
            name_to_use: row.name_to_use,
            pronouns: row.pronouns,
            birth_date: row.birth_date,
            time_zone: row.time_zone,
            home_address: row.home_address,
            preferred_hospital: row.preferred_hospital,
            ..pb::ParticipantProfile::default()
        }),
        safety_plan: Vec::new(),
    }
}

fn parts(text: &str) -> Vec<String> {
    text.split(PARTS).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns_refused(columns: &[&str]) -> String {
        check_columns(columns.iter().copied()).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn a_file_names_the_columns_that_there_are() {
        assert_eq!(columns_refused(&REQUIRED), "");
        assert!(columns_refused(&REQUIRED[1..]).contains("missing: row_key"));
        let with_another: Vec<_> = REQUIRED.into_iter().chain(["nickname"]).collect();
        assert!(columns_refused(&with_another).contains("unknown: nickname;"));
    }

    #[test]
    fn a_column_may_hold_several_entries() {
        assert_eq!(parts(" sleep ; ;a week without use"), ["sleep", "a week without use"]);
        assert!(parts("").is_empty());
    }
}
