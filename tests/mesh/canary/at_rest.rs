//! Health information at rest: what lies in a database in clear, found by what was planted.
//!
//! Every value of every row of every table is searched, byte by byte, as a dump would hold it. Texts are found by their
//! markers; what is chosen from a list (signals, closing duties, results) by its words. A column of bytes must hold sealed
//! values, unless it is named with its reason.

use std::collections::BTreeSet;

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
            "intake consent.confirmed_by_id",
            "intake consent.confirmed_by_name",
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
            "intake identification.identified_by_id",
            "intake identification.identified_by_name",
            "intake joined.person_id",
            "intake part2_ended.ended_by_id",
            "intake part2_ended.ended_by_name",
            "intake program_rule_version.put_by_id",
            "intake program_rule_version.put_by_name",
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

/// Columns of bytes that hold no sealed values, and why not. Each is `table.column` of any service.
const NOT_SEALED: [(&str, &[&str]); 4] = [
    (
        "a hash with the program's look-up key, by which equality is asked",
        &[
            "answered_request.request_hash",
            "contact.callback_number_hash",
            "participant.dedicated_number_hash",
            "participant_look_up.hash",
            "program_rule.key_hash",
            "support_person.person_hash",
            "support_person_look_up.hash",
        ],
    ),
    (
        "the chain of the record of accesses: hashes of rows, and what the service signed",
        &["access_chain.hash", "access_checkpoint.hash", "access_checkpoint.signature"],
    ),
    ("a program's keys, wrapped by a key that is not in the database", &["sealing_key.wrapped"]),
    (
        "a command on its way to another replica: ids, an acuity and what the queue goes by, until it is applied",
        &["matcher_post.body"],
    ),
];

/// How a sealed value begins: the one format, and the first version of the program's key.
const SEALED_BEGINS: [u8; 5] = [1, 0, 0, 0, 1];

/// What the databases hold of what was planted. Each place is `service table.column`.
#[derive(Default)]
pub(super) struct Found {
    /// Where something is in clear.
    clear: BTreeSet<String>,
    /// The columns of bytes that there are.
    of_bytes: BTreeSet<String>,
    /// The columns that hold a sealed value.
    sealed: BTreeSet<String>,
    /// The columns that hold bytes which are not sealed.
    not_sealed: BTreeSet<String>,
}

/// Searches every database.
pub(super) async fn search(stage: &Stage) -> Found {
    let mut found = Found::default();
    for service in ServiceName::ALL {
        let mut database = PgConnection::connect(stage.database(*service)).await.expect("the database answers");
        let tables =
            "select tablename::text from pg_tables where schemaname = 'public' and tablename <> '_sqlx_migrations'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut database).await.expect("its tables");
        let of_bytes = "select format('%s %s.%s', $1::text, table_name, column_name) from information_schema.columns
                        where table_schema = 'public' and data_type = 'bytea' and table_name <> '_sqlx_migrations'";
        let of_bytes = sqlx::query_scalar(of_bytes).bind(service.as_str()).fetch_all(&mut database).await;
        found.of_bytes.extend(of_bytes.expect("its columns of bytes"));
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
                let is_sealed = bytes.starts_with(&SEALED_BEGINS);
                if is_sealed { &mut self.sealed } else { &mut self.not_sealed }.insert(place.clone());
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
        // Presence ends with its streams: it may be over already. A consent is confirmed by somebody only where it was signed
        // in the second in which another was revoked.
        let by_chance = [" presence.", " attend_stream.", " consent.confirmed_by_"];
        let is_by_chance = |place: &str| by_chance.iter().any(|named| place.contains(named));
        let were: Vec<_> = may_be.difference(&self.clear).filter(|place| !is_by_chance(place)).collect();
        assert!(were.is_empty(), "nothing was planted in {were:#?}, or it is sealed now");
        self.assert_columns_of_bytes_sealed();
    }

    /// Asserts that every column of bytes holds sealed values and no others, unless it is named in [`NOT_SEALED`].
    fn assert_columns_of_bytes_sealed(&self) {
        let excepted = || NOT_SEALED.iter().flat_map(|(_, columns)| *columns);
        let is_of = |place: &str, column: &str| place.split_once(' ').is_some_and(|(_, named)| named == column);
        let is_there = |column: &str| self.of_bytes.iter().any(|place| is_of(place, column));
        let unknown: Vec<_> = excepted().filter(|column| !is_there(column)).collect();
        assert!(unknown.is_empty(), "named in NOT_SEALED, and no columns of bytes: {unknown:?}");
        let is_excepted = |place: &str| excepted().any(|column| is_of(place, column));
        let must_be: BTreeSet<String> = self.of_bytes.iter().filter(|place| !is_excepted(place)).cloned().collect();
        let are_not: Vec<_> = must_be.intersection(&self.not_sealed).collect();
        assert!(are_not.is_empty(), "hold bytes that are not sealed: {are_not:#?}");
        let empty: Vec<_> = must_be.difference(&self.sealed).collect();
        assert!(empty.is_empty(), "nothing was sealed in {empty:#?}, so the search proves nothing");
    }
}

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
