//! The considerations of a ticket: for each decision, how many counselors were ruled out by what.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError};
use harborline_types::{PersonId, TicketId};

use crate::domain::matcher::Considered;

/// The consideration of one decision, written with it.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Consideration {
    pub(crate) ticket_id: TicketId,
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
    pub(crate) urgent_in_hand: i32,
    pub(crate) named: Vec<PersonId>,
}

/// The counts of a consideration.
pub(super) const COUNTS: &str = ", on_duty, away, channel, standing, language, credential, skill, declined, silent, busy, eligible, fatigue, \
     urgent_in_hand";

/// The values of these columns.
pub(super) const COUNTED: [fn(&Considered) -> i32; 13] = [
    |one| one.on_duty,
    |one| one.away,
    |one| one.channel,
    |one| one.standing,
    |one| one.language,
    |one| one.credential,
    |one| one.skill,
    |one| one.declined,
    |one| one.silent,
    |one| one.busy,
    |one| one.eligible,
    |one| one.fatigue,
    |one| one.urgent_in_hand,
];

/// The considerations of these tickets, in the order of their steps.
pub(crate) async fn consideration_list(
    store: &Store,
    scope: &ProgramScope,
    tickets: &[TicketId],
) -> Result<Vec<Consideration>, StoreError> {
    let considered = sqlx::query_as(
        "select ticket_id, step, on_duty, away, channel, standing, language, credential, skill, declined, silent, busy, eligible,
                fatigue, urgent_in_hand, named
         from consideration where program_id = $1 and ticket_id = any($2) order by ticket_id, step",
    )
    .bind(scope.program())
    .bind(tickets)
    .fetch_all(store.reader(scope))
    .await?;
    Ok(considered)
}
