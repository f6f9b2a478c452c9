//! How a program keeps its roster.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::PersonId;

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
pub(crate) async fn roster_rules(tx: &mut Tx, scope: &ProgramScope) -> Result<Option<RosterRules>, StoreError> {
    let row: Option<(String, bool)> =
        sqlx::query_as("select time_zone, swaps_need_supervisor from roster_rules where program_id = $1")
            .bind(scope.program())
            .fetch_optional(tx.conn())
            .await?;
    let Some((zone, swaps_need_supervisor)) = row else { return Ok(None) };
    let zone = zone.parse().map_err(|_| StoreError::Fault("a time zone that is none".to_owned()))?;
    Ok(Some(RosterRules { zone, swaps_need_supervisor }))
}

/// Whom the on-call ladder named last. Locked: two looks at the ladder do not name one after the other.
pub(crate) async fn ladder_named(tx: &mut Tx, scope: &ProgramScope) -> Result<Option<PersonId>, StoreError> {
    let named: Option<Option<PersonId>> =
        sqlx::query_scalar("select ladder_named from roster_rules where program_id = $1 for update")
            .bind(scope.program())
            .fetch_optional(tx.conn())
            .await?;
    Ok(named.flatten())
}

/// Notes whom the on-call ladder names.
pub(crate) async fn ladder_named_put(
    tx: &mut Tx,
    scope: &ProgramScope,
    supervisor: &PersonId,
) -> Result<(), StoreError> {
    sqlx::query("update roster_rules set ladder_named = $2 where program_id = $1")
        .bind(scope.program())
        .bind(supervisor)
        .execute(tx.conn())
        .await?;
    Ok(())
}
