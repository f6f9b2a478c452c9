//! Taking on a duty, in the transaction that causes it.

use std::fmt;

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{DutyId, Timestamp};
use sqlx::{Postgres, QueryBuilder};

/// A duty to take on.
#[derive(Debug)]
pub struct Owed {
    kind: &'static str,
    subject: String,
    due_at: Option<Timestamp>,
}

impl Owed {
    /// Due at once.
    pub fn now(kind: &'static str, subject: impl fmt::Display) -> Self {
        Self { kind, subject: subject.to_string(), due_at: None }
    }

    /// Due at an instant of the domain's clock.
    pub fn at(kind: &'static str, subject: impl fmt::Display, due_at: Timestamp) -> Self {
        Self { due_at: Some(due_at), ..Self::now(kind, subject) }
    }
}

/// Owes a duty from this transaction's commit on. Owing what is owed already brings it forward and makes sure that it
/// runs once more from its start, whoever is at it now.
///
/// # Errors
/// When the database does not answer.
pub async fn owe(tx: &mut Tx, scope: &ProgramScope, duty: Owed) -> Result<(), StoreError> {
    sqlx::query(
        "insert into duty (program_id, duty_id, kind, subject, due_at, traceparent)
         values ($1, $2, $3, $4, coalesce($5, '-infinity'), $6)
         on conflict on constraint duty_subject do update
         set due_at = least(duty.due_at, excluded.due_at), retry_at = now(), attempt = 0,
             generation = duty.generation + 1, parked_at = null, traceparent = excluded.traceparent",
    )
    .bind(scope.program())
    .bind(DutyId::new())
    .bind(duty.kind)
    .bind(&duty.subject)
    .bind(duty.due_at)
    .bind(harborline_telemetry::trace::current_traceparent())
    .execute(tx.conn())
    .await?;
    tx.wake_duties();
    Ok(())
}

/// What owing a duty does that is owed already.
const AGAIN: &str = "on conflict on constraint duty_subject do update
    set due_at = least(duty.due_at, excluded.due_at), retry_at = now(), attempt = 0,
        generation = duty.generation + 1, parked_at = null, traceparent = excluded.traceparent";

/// Writes the part of a statement that owes many duties, each another one, with the trace that each belongs to; `from`
/// is what it depends on. After the commit the worker must be woken.
pub fn owe_part(
    query: &mut QueryBuilder<Postgres>,
    scope: &ProgramScope,
    from: &str,
    duties: &[(Owed, Option<String>)],
) {
    query.push("insert into duty (program_id, duty_id, kind, subject, due_at, traceparent) select ");
    query.push_bind(scope.program());
    query.push(", duty_id, kind, subject, coalesce(due_at, '-infinity'), traceparent from ").push(from);
    query.push(", unnest(").push_bind(duties.iter().map(|_| DutyId::new()).collect::<Vec<_>>()).push("::uuid[], ");
    query.push_bind(duties.iter().map(|(duty, _)| duty.kind.to_owned()).collect::<Vec<_>>()).push("::text[], ");
    query.push_bind(duties.iter().map(|(duty, _)| duty.subject.clone()).collect::<Vec<_>>()).push("::text[], ");
    query.push_bind(duties.iter().map(|(duty, _)| duty.due_at).collect::<Vec<_>>()).push("::timestamptz[], ");
    query.push_bind(duties.iter().map(|(_, trace)| trace.clone()).collect::<Vec<_>>());
    query.push("::text[]) as new (duty_id, kind, subject, due_at, traceparent) ").push(AGAIN);
}

/// Takes a duty back that the state no longer asks for. Nothing happens when it is done already.
///
/// # Errors
/// When the database does not answer.
pub async fn settle(
    tx: &mut Tx,
    scope: &ProgramScope,
    kind: &'static str,
    subject: impl fmt::Display,
) -> Result<(), StoreError> {
    sqlx::query("delete from duty where program_id = $1 and kind = $2 and subject = $3")
        .bind(scope.program())
        .bind(kind)
        .bind(subject.to_string())
        .execute(tx.conn())
        .await?;
    Ok(())
}
