//! The roster rules of a program, and the last check of its on-call ladder.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{PersonId, Timestamp};
use sqlx::{Executor, Postgres};

use crate::domain::shift::RosterRules;

/// Creates or changes the rules.
pub(crate) async fn roster_rules_put(tx: &mut Tx, scope: &ProgramScope, rules: &RosterRules) -> Result<(), StoreError> {
    sqlx::query(
        "insert into roster_rules (program_id, time_zone, swaps_need_supervisor) values ($1, $2, $3)
         on conflict on constraint roster_rules_key do update
         set time_zone = excluded.time_zone, swaps_need_supervisor = excluded.swaps_need_supervisor",
    )
    .bind(scope.program())
    .bind(rules.zone.name())
    .bind(rules.swaps_need_supervisor)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The rules, if there are any.
pub(crate) async fn roster_rules(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
) -> Result<Option<RosterRules>, StoreError> {
    let row: Option<(String, bool)> =
        sqlx::query_as("select time_zone, swaps_need_supervisor from roster_rules where program_id = $1")
            .bind(scope.program())
            .fetch_optional(reader)
            .await?;
    let Some((zone, swaps_need_supervisor)) = row else { return Ok(None) };
    let zone = zone.parse().map_err(|_| StoreError::Fault("a time zone that is none".to_owned()))?;
    Ok(Some(RosterRules { zone, swaps_need_supervisor }))
}

/// The rules, if there are any, locked against other edits until the transaction ends.
pub(crate) async fn roster_rules_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
) -> Result<Option<RosterRules>, StoreError> {
    ladder_check(tx, scope).await?;
    roster_rules(tx.conn(), scope).await
}

/// The last check of the on-call ladder.
#[derive(Default)]
pub(crate) struct LadderCheck {
    /// The first person of the ladder; none when it was empty.
    pub(crate) named: Option<PersonId>,
    /// The time of the check, on the domain's clock; none before the first one.
    pub(crate) seen_at: Option<Timestamp>,
}

/// The last check of the on-call ladder, locked: of two checks at once, the second sees what the first has named.
pub(crate) async fn ladder_check(tx: &mut Tx, scope: &ProgramScope) -> Result<LadderCheck, StoreError> {
    let last: Option<(Option<PersonId>, Option<Timestamp>)> =
        sqlx::query_as("select ladder_named, ladder_seen_at from roster_rules where program_id = $1 for update")
            .bind(scope.program())
            .fetch_optional(tx.conn())
            .await?;
    Ok(last.map(|(named, seen_at)| LadderCheck { named, seen_at }).unwrap_or_default())
}

/// Records a check of the on-call ladder.
pub(crate) async fn ladder_check_put(tx: &mut Tx, scope: &ProgramScope, check: &LadderCheck) -> Result<(), StoreError> {
    sqlx::query("update roster_rules set ladder_named = $2, ladder_seen_at = $3 where program_id = $1")
        .bind(scope.program())
        .bind(&check.named)
        .bind(check.seen_at)
        .execute(tx.conn())
        .await?;
    Ok(())
}
