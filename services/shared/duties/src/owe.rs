//! Taking on a duty, in the transaction that causes it.

use std::fmt;

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{DutyId, Timestamp};

/// A duty to take on.
#[derive(Debug)]
pub struct Owed {
    pub(crate) kind: &'static str,
    pub(crate) subject: String,
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) is_once: bool,
}

impl Owed {
    /// Due at once.
    pub fn now(kind: impl Into<&'static str>, subject: impl fmt::Display) -> Self {
        Self { kind: kind.into(), subject: subject.to_string(), due_at: None, is_once: false }
    }

    /// Due at once, and never owed again: its subject is something that happens once.
    pub fn once(kind: impl Into<&'static str>, subject: impl fmt::Display) -> Self {
        Self { is_once: true, ..Self::now(kind, subject) }
    }

    /// Due at an instant of the domain's clock.
    pub fn at(kind: impl Into<&'static str>, subject: impl fmt::Display, due_at: Timestamp) -> Self {
        Self { due_at: Some(due_at), ..Self::now(kind, subject) }
    }
}

/// Owes a duty from this transaction's commit on. Owing what is owed already brings it forward and makes sure that it
/// runs once more from its start, even if a replica is running it now.
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
pub(crate) const AGAIN: &str = "on conflict on constraint duty_subject do update
    set due_at = least(duty.due_at, excluded.due_at), retry_at = now(), attempt = 0,
        generation = duty.generation + 1, parked_at = null, traceparent = excluded.traceparent";

/// Cancels a duty that the state no longer asks for. Nothing happens when it is done already.
///
/// # Errors
/// When the database does not answer.
pub async fn cancel(
    tx: &mut Tx,
    scope: &ProgramScope,
    kind: impl Into<&'static str>,
    subject: impl fmt::Display,
) -> Result<(), StoreError> {
    sqlx::query("delete from duty where program_id = $1 and kind = $2 and subject = $3")
        .bind(scope.program())
        .bind(kind.into())
        .bind(subject.to_string())
        .execute(tx.conn())
        .await?;
    Ok(())
}
