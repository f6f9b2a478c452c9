//! Health information at rest: what lies in a database in clear, found by what was planted.
//!
//! Every value of every row of every table is searched, byte by byte, as a dump would hold it. Texts are found by their
//! markers; what is chosen from a list (signals, closing duties, results) by its words.

use std::collections::{BTreeMap, BTreeSet};

use harborline_identity::ServiceName;
use harborline_tests::Stage;
use harborline_types::{ClosingDuty, Signal};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::driver::is_marked;

/// Columns that may show what a caller of the contracts wrote, and why they do. What is known about people in care is in
/// none of them.
const IN_CLEAR: [(&str, &[&str]); 4] = [
    (
        "who made a call: a pseudonymous id, without which no record of accesses could be searched",
        &[
            "availability access_record.caller",
            "availability answered_request.caller",
            "followup access_record.caller",
            "followup answered_request.caller",
            "intake access_record.caller",
            "intake answered_request.caller",
            "referral access_record.caller",
            "referral answered_request.caller",
            "triage access_record.caller",
            "triage answered_request.caller",
        ],
    ),
    (
        "members of staff, by the ids and names that custody and records answer for",
        &[
            "availability consideration.named",
            "availability counselor.counselor_id",
            "availability credential_announcement.counselor_id",
            "availability offer.counselor_id",
            "availability attend_stream.counselor_id",
            "availability presence.counselor_id",
            "availability presence_event.counselor_id",
            "availability shift.counselor_id",
            "availability shift_swap.accepted_by",
            "availability shift_swap.offered_by",
            "availability slot_hold.counselor_id",
            "availability slot_release.counselor_id",
            "availability supervisor_on_call.name",
            "availability supervisor_on_call.supervisor_id",
            "availability ticket.asked_by",
            "availability ticket.counselor_id",
            "availability ticket.preferred_counselor_id",
            "availability ticket.target_person_id",
            "availability ticket_event.counselor_id",
            "intake break_glass.reviewer_id",
            "intake break_glass.reviewer_name",
            "intake break_glass.taken_by_id",
            "intake break_glass.taken_by_name",
            "intake consent.recorded_by_id",
            "intake consent.recorded_by_name",
            "intake consent.revoked_by_id",
            "intake contact.counselor_id",
            "intake contact.counselor_name",
            "intake contact.known_counselor_id",
            "intake contact_referral.owner_id",
            "intake contact_referral.owner_name",
            "intake custody.owner_id",
            "intake custody.owner_name",
            "intake decision.decided_by_id",
            "intake decision.decided_by_name",
            "intake family_decision.decided_by_id",
            "intake family_decision.decided_by_name",
            "intake joined.person_id",
            "intake part2_ended.ended_by_id",
            "intake part2_ended.ended_by_name",
            "intake participant.responsible_clinician_id",
            "intake participant.responsible_clinician_name",
            "intake program.clinical_director_id",
            "intake program.clinical_director_name",
            "intake program.supervisor_id",
            "intake program.supervisor_name",
            "referral referral.owner_id",
            "referral referral.owner_name",
            "triage assessment.judged_by",
            "triage assessment.second_person_id",
            "triage lowering.confirmed_by_id",
            "triage lowering.judged_by_id",
            "triage screening.administered_by",
        ],
    ),
    (
        "what a program says about its line, its staff and its facilities",
        &[
            "availability counselor.credentials",
            "availability counselor.languages",
            "availability counselor.name",
            "availability counselor.skill_levels",
            "availability counselor.skills",
            "intake program.backup_line",
            "intake program.backup_text_line",
            "intake program.name",
            "referral facility.jurisdictions",
            "referral facility.name",
        ],
    ),
    (
        "what the queue and the choice of a facility go by",
        &[
            "availability ticket.jurisdiction",
            "availability ticket.language",
            "availability ticket.skill_levels",
            "availability ticket.skills",
            "intake contact.jurisdiction",
            "intake contact.language",
            "intake contact.need_jurisdiction",
            "intake contact.need_language",
            "intake participant.jurisdiction",
            "intake participant.language",
            "referral referral.jurisdiction",
            "triage assessment.jurisdiction",
            "triage assessment.language",
            "triage contact_facts.jurisdiction",
            "triage contact_facts.language",
        ],
    ),
];

/// What a database holds of what was planted.
#[derive(Default)]
pub(super) struct Found {
    /// `service table.column` of everything in clear.
    clear: BTreeSet<String>,
    /// The same of everything that is sealed, with how many values there are.
    sealed: BTreeMap<String, usize>,
}

/// Searches every database.
pub(super) async fn search(stage: &Stage) -> Found {
    let mut found = Found::default();
    for service in ServiceName::ALL {
        let mut database = PgConnection::connect(stage.database(*service)).await.expect("the database answers");
        let tables =
            "select tablename::text from pg_tables where schemaname = 'public' and tablename <> '_sqlx_migrations'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut database).await.expect("its tables");
        for table in tables {
            let rows = AssertSqlSafe(format!("select to_jsonb(t) from {table} t"));
            let rows: Vec<Value> = sqlx::query_scalar(rows).fetch_all(&mut database).await.expect("its rows");
            for row in rows {
                found.look(&format!("{service} {table}"), row);
            }
        }
        database.close().await.expect("the connection closes");
    }
    found
}

impl Found {
    fn look(&mut self, table: &str, row: Value) {
        let Value::Object(row) = row else { panic!("a row is an object") };
        for (column, value) in row {
            let place = format!("{table}.{column}");
            let text = value.to_string();
            if let Some(bytes) = value.as_str().and_then(|text| text.strip_prefix("\\x")).and_then(bytes) {
                *self.sealed.entry(place.clone()).or_default() += 1;
                if is_planted(&String::from_utf8_lossy(&bytes)) {
                    self.clear.insert(place);
                }
            } else if is_planted(&text) {
                self.clear.insert(place);
            }
        }
    }

    /// Asserts that only what may be is in clear, and that there was something to search.
    pub(super) fn assert_sealed(&self) {
        let may_be: BTreeSet<String> =
            IN_CLEAR.iter().flat_map(|(_, places)| places.iter()).map(|place| (*place).to_owned()).collect();
        let are: Vec<_> = self.clear.difference(&may_be).collect();
        assert!(are.is_empty(), "in clear: {are:#?}");
        // Presence ends with its streams: it may be over already.
        let may_be_over = |place: &str| place.contains(" presence.") || place.contains(" attend_stream.");
        let were: Vec<_> = may_be.difference(&self.clear).filter(|place| !may_be_over(place)).collect();
        assert!(were.is_empty(), "nothing was planted in {were:#?}, or it is sealed now");
        for place in SEALED {
            assert!(self.sealed.contains_key(*place), "nothing is sealed in {place}");
        }
    }
}

/// What must have been sealed, or the search proves nothing.
const SEALED: &[&str] = &[
    "intake answered_request.answer",
    "intake participant.record",
    "intake contact.stated",
    "intake contact.conclusion",
    "intake contact.note",
    "intake consent.terms",
    "triage contact_facts.known",
    "triage screening.given",
    "triage assessment.sealed",
    "referral referral.summary",
    "followup digest_entry.reasons",
];

/// Whether a text holds what was planted: a marker, or a word that says something about somebody.
fn is_planted(text: &str) -> bool {
    let words =
        Signal::ALL.iter().map(|signal| signal.as_str()).chain(ClosingDuty::ALL.iter().map(|duty| duty.as_str()));
    is_marked(text) || words.into_iter().any(|word| text.contains(word))
}

/// The bytes of their hexadecimal digits.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digit = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(digit).collect()
}
