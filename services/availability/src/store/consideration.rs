//! What the decisions about a ticket were made from.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError};
use harborline_types::{PersonId, TicketId};

/// What one decision was made from, as it was written with it.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Consideration {
    pub(crate) step: i32,
    pub(crate) on_duty: i32,
    pub(crate) away: i32,
    pub(crate) channel: i32,
    pub(crate) standing: i32,
    pub(crate) language: i32,
    pub(crate) credential: i32,
    pub(crate) skill: i32,
    pub(crate) declined: i32,
    pub(crate) silent: i32,
    pub(crate) busy: i32,
    pub(crate) eligible: i32,
    pub(crate) fatigue: i32,
    pub(crate) named: Vec<PersonId>,
}

/// The considerations of a ticket, in order.
pub(crate) async fn consideration_list(
    store: &Store,
    scope: &ProgramScope,
    ticket: TicketId,
) -> Result<Vec<Consideration>, StoreError> {
    let considered = sqlx::query_as(
        "select step, on_duty, away, channel, standing, language, credential, skill, declined, silent, busy, eligible,
                fatigue, named
         from consideration where program_id = $1 and ticket_id = $2 order by step",
    )
    .bind(scope.program())
    .bind(ticket)
    .fetch_all(store.reader(scope))
    .await?;
    Ok(considered)
}
