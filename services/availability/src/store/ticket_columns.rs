//! The columns of tickets that a round writes. Each column is bound as one array, in the order of the columns' names.

use std::fmt::Write as _;

use harborline_types::{Channel, CounselorKind, Skill};
use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder};

use super::ticket_row::target_text;
use crate::domain::{Beside, Change, Target};

/// Separates the entries of a list that is bound as one text: a control character, which no entry may have.
pub(super) const SEPARATOR: char = '\u{1f}';

/// The columns that a step may change.
pub(super) const COLUMNS: &str = "ticket_id, state, acuity, waiting_since, widened, paged, backup_offered, caller_left, finishes_early, counselor_id, offer_id, \
     assignment, steps";

/// The columns that an entry into the queue sets for good.
pub(super) const ENTRY: &str = ", contact_id, preferred_counselor_id, outbound, queued_at";

/// The columns of a ticket's need.
pub(super) const NEED: &str = ", channel, at_least, language, jurisdiction, skills, skill_levels";

/// The same, with the lists read from their texts.
pub(super) const NEED_READ: &str =
    ", channel, at_least, language, jurisdiction, string_to_array(skills, chr(31)), skill_levels";

/// The columns of a ticket beside another.
pub(super) const BESIDE: &str = ", kind, of_ticket_id, asked_by, target, target_person_id, asked_for";

fn all<T>(changes: &[&Change], read: impl Fn(&Change) -> T) -> Vec<T> {
    changes.iter().map(|change| read(change)).collect()
}

pub(super) fn columns(query: &mut QueryBuilder<Postgres>, changes: &[&Change]) {
    query.push_bind(all(changes, |change| change.ticket.id)).push("::uuid[], ");
    query.push_bind(all(changes, |change| change.ticket.state)).push("::text[], ");
    query.push_bind(all(changes, |change| i16::from(change.ticket.acuity.level()))).push("::int2[], ");
    query.push_bind(all(changes, |change| change.ticket.waiting_since)).push("::timestamptz[], ");
    query.push_bind(all(changes, |change| change.ticket.widened)).push("::int2[], ");
    query.push_bind(all(changes, |change| change.ticket.paged)).push("::bool[], ");
    query.push_bind(all(changes, |change| change.ticket.backup_offered)).push("::bool[], ");
    query.push_bind(all(changes, |change| change.ticket.caller_left)).push("::bool[], ");
    query.push_bind(all(changes, |change| change.ticket.finishes_early)).push("::bool[], ");
    query.push_bind(all(changes, |change| change.ticket.counselor.clone())).push("::text[], ");
    query.push_bind(all(changes, |change| change.ticket.offer)).push("::uuid[], ");
    query.push_bind(all(changes, |change| change.ticket.assignment)).push("::int4[], ");
    query.push_bind(all(changes, |change| change.ticket.steps)).push("::int4[]");
}

pub(super) fn entry(query: &mut QueryBuilder<Postgres>, changes: &[&Change]) {
    query.push(", ").push_bind(all(changes, |change| change.ticket.contact)).push("::uuid[], ");
    query.push_bind(all(changes, |change| change.ticket.preferred.clone())).push("::text[], ");
    query.push_bind(all(changes, |change| change.ticket.outbound)).push("::bool[], ");
    query.push_bind(all(changes, |change| change.ticket.queued_at)).push("::timestamptz[]");
}

pub(super) fn need(query: &mut QueryBuilder<Postgres>, changes: &[&Change]) {
    query.push(", ").push_bind(all::<Channel>(changes, |change| change.ticket.need.channel)).push("::text[], ");
    query.push_bind(all::<Option<CounselorKind>>(changes, |change| change.ticket.need.at_least)).push("::text[], ");
    query.push_bind(all(changes, |change| change.ticket.need.language.clone())).push("::text[], ");
    query.push_bind(all(changes, |change| change.ticket.need.jurisdiction.clone())).push("::text[], ");
    let names = |change: &Change| join(change.ticket.need.skills.iter().map(|skill| &skill.name), SEPARATOR);
    query.push_bind(all(changes, names)).push("::text[], ");
    query.push_bind(all(changes, |change| Json(Skill::levels(&change.ticket.need.skills)))).push("::jsonb[]");
}

/// Binds the columns of tickets beside others. A ticket that is none has only the kind.
pub(super) fn besides(query: &mut QueryBuilder<Postgres>, changes: &[&Change]) {
    let read = |change: &Change| change.ticket.beside.clone();
    let person = |beside: &Beside| match &beside.target {
        Target::Person(id) => Some(id.clone()),
        Target::Skilled | Target::SupervisorOnCall => None,
    };
    query.push(", ").push_bind(all(changes, |change| change.ticket.kind())).push("::text[], ");
    query.push_bind(all(changes, |change| read(change).map(|beside| beside.of))).push("::uuid[], ");
    query.push_bind(all(changes, |change| read(change).and_then(|beside| beside.by))).push("::text[], ");
    query.push_bind(all(changes, |change| read(change).map(|beside| target_text(&beside.target)))).push("::text[], ");
    query.push_bind(all(changes, |change| read(change).as_deref().and_then(person))).push("::text[], ");
    query.push_bind(all(changes, |change| read(change).and_then(|beside| beside.why))).push("::text[]");
}

pub(super) fn join(entries: impl Iterator<Item = impl std::fmt::Display>, separator: char) -> String {
    entries.enumerate().fold(String::new(), |mut text, (index, entry)| {
        if index > 0 {
            text.push(separator);
        }
        let _ = write!(text, "{entry}");
        text
    })
}
