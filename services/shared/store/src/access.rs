//! Every look is on record (P9): one row for one act.
//!
//! A write's row is part of the statement that stores its answer, in the transaction of its effect: neither is there
//! without the other, and no round trip is added. Reads and refusals go through [`AccessWriter`](crate::AccessWriter).
//!
//! What a service does by itself in its own database (a duty, a round of the matcher) is no access: nobody looked. What a
//! duty tells another service is on that one's record.

use harborline_identity::{Act, Call, Caller, ProgramScope, Recording, Subject};
use harborline_types::ProgramId;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::StoreError;

/// One row of the record, not yet written. It holds ids and words of the contracts, and no health information.
#[derive(Clone, Debug)]
pub(crate) struct AccessRecord {
    pub(crate) program: ProgramId,
    pub(crate) id: Uuid,
    pub(crate) caller: String,
    pub(crate) roles: String,
    pub(crate) purpose: &'static str,
    pub(crate) method: String,
    pub(crate) act: Act,
    pub(crate) participants: Vec<Uuid>,
    pub(crate) contacts: Vec<Uuid>,
    pub(crate) recipient: Option<String>,
    pub(crate) basis: Option<String>,
    pub(crate) rule: Option<String>,
    pub(crate) trace_id: Option<String>,
}

impl AccessRecord {
    /// What is on record of a call that was answered; none when its kind of call touches no health information.
    pub(crate) fn of(call: &Call, scope: &ProgramScope) -> Option<Self> {
        let (recording, method) = call.recorded_as()?;
        let act = match recording {
            Recording::Read => Act::Read,
            Recording::Write => Act::Write,
            Recording::None => return None,
        };
        Some(Self::new(call, scope, act, method))
    }

    /// What is on record of a call that was refused.
    pub(crate) fn of_refused(call: &Call, scope: &ProgramScope) -> Option<Self> {
        let (recording, method) = call.recorded_as()?;
        if recording == Recording::None {
            return None;
        }
        let rule = call.denied().map(|denied| denied.rule);
        Some(Self { act: Act::Deny, rule, ..Self::new(call, scope, Act::Deny, method) })
    }

    fn new(call: &Call, scope: &ProgramScope, act: Act, method: &str) -> Self {
        let (mut participants, mut contacts) = (Vec::new(), Vec::new());
        for subject in call.subjects() {
            match subject {
                Subject::Participant(id) => participants.push(id.0),
                Subject::Contact(id) => contacts.push(id.0),
            }
        }
        let noted = call.noted_act();
        Self {
            program: scope.program(),
            id: Uuid::now_v7(),
            caller: call.caller_key(),
            roles: roles(call),
            purpose: call.purpose().as_str(),
            method: method.to_owned(),
            act: noted.as_ref().map_or(act, |noted| noted.act),
            participants,
            contacts,
            recipient: noted.as_ref().and_then(|noted| noted.recipient.clone()),
            basis: noted.and_then(|noted| noted.basis),
            rule: None,
            trace_id: harborline_telemetry::trace::trace_id(&tracing::Span::current()),
        }
    }
}

fn roles(call: &Call) -> String {
    match call.caller() {
        Caller::Service(_) => "service".to_owned(),
        Caller::Person(person) => {
            let mut words: Vec<_> = person.roles.iter().map(|role| role.as_str()).collect();
            words.sort_unstable();
            words.dedup();
            words.join(",")
        }
    }
}

/// The rows of the record that several calls leave, for who answers them in one statement.
#[derive(Debug)]
pub struct ActsOnRecord<'c> {
    records: Vec<AccessRecord>,
    calls: Vec<&'c Call>,
}

impl<'c> ActsOnRecord<'c> {
    /// The rows of those of the calls that go on record.
    pub fn of(calls: impl IntoIterator<Item = &'c Call>, scope: &ProgramScope) -> Self {
        let kept = calls.into_iter().filter_map(|call| Some((AccessRecord::of(call, scope)?, call)));
        let (records, calls) = kept.unzip();
        Self { records, calls }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Writes the part of a statement that puts them on record; `from` is what it depends on.
    pub fn part(&self, query: &mut QueryBuilder<Postgres>, from: &str) {
        let records = &self.records;
        let column = |of: fn(&AccessRecord) -> &str| records.iter().map(|one| of(one).to_owned()).collect::<Vec<_>>();
        let optional = |of: fn(&AccessRecord) -> &Option<String>| records.iter().map(of).cloned().collect::<Vec<_>>();
        query.push("insert into access_record (program_id, record_id, caller, roles, purpose, method, act, ");
        query.push("participants, contacts, recipient, basis, rule, trace_id) select program_id, record_id, caller, ");
        query.push("roles, purpose, method, act, participants::uuid[], contacts::uuid[], recipient, basis, rule, ");
        query.push("trace_id from ").push(from).push(", unnest(");
        query.push_bind(records.iter().map(|one| one.program.0).collect::<Vec<_>>()).push("::uuid[], ");
        query.push_bind(records.iter().map(|one| one.id).collect::<Vec<_>>()).push("::uuid[], ");
        query.push_bind(column(|one| &one.caller)).push("::text[], ").push_bind(column(|one| &one.roles));
        query.push("::text[], ").push_bind(column(|one| one.purpose)).push("::text[], ");
        query.push_bind(column(|one| &one.method)).push("::text[], ").push_bind(column(|one| one.act.as_str()));
        query.push("::text[], ");
        query.push_bind(records.iter().map(|one| written(&one.participants)).collect::<Vec<_>>()).push("::text[], ");
        query.push_bind(records.iter().map(|one| written(&one.contacts)).collect::<Vec<_>>()).push("::text[], ");
        query.push_bind(optional(|one| &one.recipient)).push("::text[], ").push_bind(optional(|one| &one.basis));
        query.push("::text[], ").push_bind(optional(|one| &one.rule)).push("::text[], ");
        query.push_bind(optional(|one| &one.trace_id)).push("::text[]) as given (program_id, record_id, caller, ");
        query.push("roles, purpose, method, act, participants, contacts, recipient, basis, rule, trace_id)");
    }

    /// Notes that the statement has committed.
    pub fn are_on_record(&self) {
        self.calls.iter().for_each(|call| call.put_on_record());
    }
}

/// Writes the part of a statement that puts one record there.
pub(crate) fn part(query: &mut QueryBuilder<Postgres>, record: &AccessRecord) {
    query.push("insert into access_record (program_id, record_id, caller, roles, purpose, method, act, participants, ");
    query.push("contacts, recipient, basis, rule, trace_id) values (");
    let mut columns = query.separated(", ");
    columns.push_bind(record.program).push_bind(record.id).push_bind(record.caller.clone());
    columns.push_bind(record.roles.clone()).push_bind(record.purpose).push_bind(record.method.clone());
    columns.push_bind(record.act).push_bind(record.participants.clone()).push_bind(record.contacts.clone());
    columns.push_bind(record.recipient.clone()).push_bind(record.basis.clone()).push_bind(record.rule.clone());
    columns.push_bind(record.trace_id.clone());
    query.push(")");
}

/// Writes records, all or none, in one statement.
pub(crate) async fn insert(executor: impl sqlx::PgExecutor<'_>, records: &[AccessRecord]) -> Result<(), StoreError> {
    let column = |of: fn(&AccessRecord) -> &str| records.iter().map(of).collect::<Vec<_>>();
    let optional = |of: fn(&AccessRecord) -> &Option<String>| records.iter().map(of).cloned().collect::<Vec<_>>();
    // An array of arrays must be rectangular, so lists of ids travel in their written form.
    let lists =
        |of: fn(&AccessRecord) -> &Vec<Uuid>| records.iter().map(of).map(|ids| written(ids)).collect::<Vec<_>>();
    sqlx::query(
        "insert into access_record (program_id, record_id, caller, roles, purpose, method, act, participants, contacts,
                                    recipient, basis, rule, trace_id)
         select program_id, record_id, caller, roles, purpose, method, act, participants::uuid[], contacts::uuid[],
                recipient, basis, rule, trace_id
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
              as given (program_id, record_id, caller, roles, purpose, method, act, participants, contacts, recipient,
                        basis, rule, trace_id)",
    )
    .bind(records.iter().map(|record| record.program.0).collect::<Vec<_>>())
    .bind(records.iter().map(|record| record.id).collect::<Vec<_>>())
    .bind(column(|record| &record.caller))
    .bind(column(|record| &record.roles))
    .bind(column(|record| record.purpose))
    .bind(column(|record| &record.method))
    .bind(column(|record| record.act.as_str()))
    .bind(lists(|record| &record.participants))
    .bind(lists(|record| &record.contacts))
    .bind(optional(|record| &record.recipient))
    .bind(optional(|record| &record.basis))
    .bind(optional(|record| &record.rule))
    .bind(optional(|record| &record.trace_id))
    .execute(executor)
    .await?;
    Ok(())
}

/// A list of ids as Postgres writes an array.
fn written(ids: &[Uuid]) -> String {
    let ids: Vec<_> = ids.iter().map(Uuid::to_string).collect();
    format!("{{{}}}", ids.join(","))
}
