//! Plans with their attempts.

use std::collections::HashMap;

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Acuity, ContactId, ParticipantId, PlanId, Timestamp};
use sqlx::{Executor, Postgres};

use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::plan::{Plan, PlanState};

#[derive(sqlx::FromRow)]
struct PlanRow {
    plan_id: PlanId,
    contact_id: ContactId,
    participant_id: Option<ParticipantId>,
    acuity: Acuity,
    state: PlanState,
    newest_sequence: i64,
    closed_at: Timestamp,
    opened_at: Option<Timestamp>,
    counted_from: i32,
    overdue_told_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl PlanRow {
    fn with(self, attempts: Vec<Attempt>) -> Plan {
        Plan {
            id: self.plan_id,
            contact: self.contact_id,
            participant: self.participant_id,
            acuity: self.acuity,
            state: self.state,
            attempts,
            sequence: self.newest_sequence,
            closed_at: self.closed_at,
            opened_at: self.opened_at.unwrap_or(self.closed_at),
            counted_from: self.counted_from,
            overdue_told_at: self.overdue_told_at,
            created_at: self.created_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    plan_id: PlanId,
    number: i32,
    state: AttemptState,
    due_at: Timestamp,
    due_by: Timestamp,
    outbound_contact_id: Option<ContactId>,
    ended_at: Option<Timestamp>,
}

/// Keeps a new plan with its attempts; false when the contact has one already.
pub(crate) async fn plan_insert(tx: &mut Tx, scope: &ProgramScope, plan: &Plan) -> Result<bool, StoreError> {
    let inserted = sqlx::query(
        "insert into follow_up_plan (program_id, plan_id, contact_id, participant_id, acuity, state, closed_at,
                                     created_at, newest_sequence, opened_at, counted_from, overdue_told_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict on constraint follow_up_plan_contact do nothing",
    )
    .bind(scope.program())
    .bind(plan.id)
    .bind(plan.contact)
    .bind(plan.participant)
    .bind(plan.acuity)
    .bind(plan.state)
    .bind(plan.closed_at)
    .bind(plan.created_at)
    .bind(plan.sequence)
    .bind(plan.opened_at)
    .bind(plan.counted_from)
    .bind(plan.overdue_told_at)
    .execute(tx.conn())
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    attempts_save(tx, scope, plan).await?;
    Ok(true)
}

/// Saves where a plan and its attempts stand.
pub(crate) async fn plan_save(tx: &mut Tx, scope: &ProgramScope, plan: &Plan) -> Result<(), StoreError> {
    sqlx::query(
        "update follow_up_plan
         set acuity = $3, state = $4, newest_sequence = $5, opened_at = $6, counted_from = $7, overdue_told_at = $8,
             participant_id = $9
         where program_id = $1 and plan_id = $2",
    )
    .bind(scope.program())
    .bind(plan.id)
    .bind(plan.acuity)
    .bind(plan.state)
    .bind(plan.sequence)
    .bind(plan.opened_at)
    .bind(plan.counted_from)
    .bind(plan.overdue_told_at)
    .bind(plan.participant)
    .execute(tx.conn())
    .await?;
    attempts_save(tx, scope, plan).await
}

/// One that has ended and the one after it: what lies before them never changes. In this order, so that the one has ended
/// before the next is open.
async fn attempts_save(tx: &mut Tx, scope: &ProgramScope, plan: &Plan) -> Result<(), StoreError> {
    for attempt in &plan.attempts[plan.attempts.len().saturating_sub(2)..] {
        sqlx::query(
            "insert into attempt (program_id, plan_id, number, state, due_at, due_by, outbound_contact_id, ended_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict on constraint attempt_key do update
             set state = excluded.state, due_at = excluded.due_at, due_by = excluded.due_by,
                 outbound_contact_id = excluded.outbound_contact_id, ended_at = excluded.ended_at",
        )
        .bind(scope.program())
        .bind(plan.id)
        .bind(attempt.number)
        .bind(attempt.state)
        .bind(attempt.due_at)
        .bind(attempt.due_by)
        .bind(attempt.outbound_contact)
        .bind(attempt.ended_at)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// A plan, locked until the transaction ends.
pub(crate) async fn plan_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    plan: PlanId,
) -> Result<Option<Plan>, StoreError> {
    let row: Option<PlanRow> = sqlx::query_as(
        "select plan_id, contact_id, participant_id, acuity, state, newest_sequence, closed_at, opened_at,
                counted_from, overdue_told_at, created_at
         from follow_up_plan where program_id = $1 and plan_id = $2 for update",
    )
    .bind(scope.program())
    .bind(plan)
    .fetch_optional(tx.conn())
    .await?;
    one_with_attempts(tx.conn(), scope, row).await
}

/// A contact's plan, locked until the transaction ends.
pub(crate) async fn plan_of_contact_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Plan>, StoreError> {
    let row: Option<PlanRow> = sqlx::query_as(
        "select plan_id, contact_id, participant_id, acuity, state, newest_sequence, closed_at, opened_at,
                counted_from, overdue_told_at, created_at
         from follow_up_plan where program_id = $1 and contact_id = $2 for update",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_optional(tx.conn())
    .await?;
    one_with_attempts(tx.conn(), scope, row).await
}

/// A plan.
pub(crate) async fn plan_get(store: &Store, scope: &ProgramScope, plan: PlanId) -> Result<Option<Plan>, StoreError> {
    let row: Option<PlanRow> = sqlx::query_as(
        "select plan_id, contact_id, participant_id, acuity, state, newest_sequence, closed_at, opened_at,
                counted_from, overdue_told_at, created_at
         from follow_up_plan where program_id = $1 and plan_id = $2",
    )
    .bind(scope.program())
    .bind(plan)
    .fetch_optional(store.reader(scope))
    .await?;
    one_with_attempts(store.reader(scope), scope, row).await
}

/// A contact's plan.
pub(crate) async fn plan_of_contact(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Plan>, StoreError> {
    let row: Option<PlanRow> = sqlx::query_as(
        "select plan_id, contact_id, participant_id, acuity, state, newest_sequence, closed_at, opened_at,
                counted_from, overdue_told_at, created_at
         from follow_up_plan where program_id = $1 and contact_id = $2",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_optional(store.reader(scope))
    .await?;
    one_with_attempts(store.reader(scope), scope, row).await
}

/// Up to `most` plans, oldest first, from the one after `after` on.
pub(crate) async fn plan_list(
    store: &Store,
    scope: &ProgramScope,
    after: Option<PlanId>,
    most: i64,
) -> Result<Vec<Plan>, StoreError> {
    let rows: Vec<PlanRow> = sqlx::query_as(
        "select plan_id, contact_id, participant_id, acuity, state, newest_sequence, closed_at, opened_at,
                counted_from, overdue_told_at, created_at
         from follow_up_plan where program_id = $1 and ($2::uuid is null or plan_id > $2)
         order by plan_id limit $3",
    )
    .bind(scope.program())
    .bind(after)
    .bind(most)
    .fetch_all(store.reader(scope))
    .await?;
    with_attempts(store.reader(scope), scope, rows).await
}

async fn one_with_attempts(
    from: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    row: Option<PlanRow>,
) -> Result<Option<Plan>, StoreError> {
    Ok(with_attempts(from, scope, row.into_iter().collect()).await?.pop())
}

async fn with_attempts(
    from: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    plans: Vec<PlanRow>,
) -> Result<Vec<Plan>, StoreError> {
    let ids: Vec<_> = plans.iter().map(|plan| plan.plan_id).collect();
    let rows: Vec<AttemptRow> = sqlx::query_as(
        "select plan_id, number, state, due_at, due_by, outbound_contact_id, ended_at
         from attempt where program_id = $1 and plan_id = any($2) order by number",
    )
    .bind(scope.program())
    .bind(ids)
    .fetch_all(from)
    .await?;
    let mut attempts: HashMap<PlanId, Vec<Attempt>> = HashMap::new();
    for row in rows {
        attempts.entry(row.plan_id).or_default().push(Attempt {
            number: row.number,
            state: row.state,
            due_at: row.due_at,
            due_by: row.due_by,
            outbound_contact: row.outbound_contact_id,
            ended_at: row.ended_at,
        });
    }
    let whole = |plan: PlanRow| {
        let attempts = attempts.remove(&plan.plan_id).unwrap_or_default();
        plan.with(attempts)
    };
    Ok(plans.into_iter().map(whole).collect())
}
