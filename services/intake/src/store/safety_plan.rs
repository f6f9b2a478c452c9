//! Safety plans. Each lies sealed in one row, which is locked for a change, and each change in a row of its own.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{HintKey, OnConstraint, StoreError, Tx};
use harborline_types::{ContactId, ParticipantId, Phi};
use sqlx::{Executor, FromRow, Postgres};

use crate::domain::safety_plan::{Change, SafetyPlan, Version};
use crate::error::IntakeError;

/// The kind of a plan's hints.
pub(crate) const SAFETY_PLAN_HINT: &str = "safety_plan";

fn place(id: ParticipantId) -> Place {
    Place::new("safety_plan", "content", id)
}

fn change_place(id: ParticipantId, version: i64) -> Place {
    Place::new("safety_plan_version", "change", format_args!("{id}/{version}"))
}

#[derive(FromRow)]
struct PlanRow {
    version: i64,
    revision: i64,
    content: Sealed,
}

impl PlanRow {
    fn open(self, keys: &ProgramKeys, participant: ParticipantId) -> Result<SafetyPlan, StoreError> {
        let content = keys.open(&place(participant), &self.content)?;
        Ok(SafetyPlan { participant, version: self.version, revision: self.revision, content })
    }
}

#[derive(FromRow)]
struct MaybePlanRow {
    version: Option<i64>,
    revision: Option<i64>,
    content: Option<Sealed>,
}

/// The plan of a participant, an empty one where nobody has written anything; none where there is no such participant.
pub(crate) async fn safety_plan_find(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<Option<SafetyPlan>, StoreError> {
    let row: Option<MaybePlanRow> = sqlx::query_as(
        "select version, safety_plan.revision, content from participant left join safety_plan using (program_id, participant_id)
         where program_id = $1 and participant_id = $2",
    )
    .bind(scope.program())
    .bind(id)
    .fetch_optional(reader)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let plan = row.version.zip(row.revision).zip(row.content);
    let plan = plan.map(|((version, revision), content)| PlanRow { version, revision, content }.open(keys, id));
    Ok(Some(plan.transpose()?.unwrap_or_else(|| SafetyPlan::empty(id))))
}

/// The same, which nobody else changes until the transaction ends.
pub(crate) async fn safety_plan_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<SafetyPlan, IntakeError> {
    let keys = tx.keys().await?;
    let empty = SafetyPlan::empty(id);
    let row: PlanRow = sqlx::query_as(
        "insert into safety_plan (program_id, participant_id, version, revision, content) values ($1, $2, 0, 0, $3)
         on conflict on constraint safety_plan_key do update set version = safety_plan.version
         returning version, revision, content",
    )
    .bind(scope.program())
    .bind(id)
    .bind(keys.seal(&place(id), &empty.content).map_err(StoreError::from)?)
    .fetch_one(tx.conn())
    .await
    .on_constraint("safety_plan_of_participant", || IntakeError::ParticipantNotFound(id))?;
    Ok(row.open(&keys, id)?)
}

/// Saves a plan that is locked, with the change that made it another version if one did, and wakes who watches it.
pub(crate) async fn safety_plan_save(
    tx: &mut Tx,
    scope: &ProgramScope,
    plan: &SafetyPlan,
    change: Option<&Change>,
) -> Result<(), StoreError> {
    let (keys, id) = (tx.keys().await?, plan.participant);
    let sealed = change.map(|change| keys.seal(&change_place(id, plan.version), &Phi::new(change.clone())));
    sqlx::query(
        "with saved as (
             update safety_plan set version = $3, content = $4, revision = $6 where program_id = $1 and participant_id = $2
         )
         insert into safety_plan_version (program_id, participant_id, version, change)
         select $1, $2, $3, $5 where $5::bytea is not null",
    )
    .bind(scope.program())
    .bind(id)
    .bind(plan.version)
    .bind(keys.seal(&place(id), &plan.content)?)
    .bind(sealed.transpose()?)
    .bind(plan.revision)
    .execute(tx.conn())
    .await?;
    tx.hint(HintKey::new(SAFETY_PLAN_HINT, id));
    Ok(())
}

#[derive(FromRow)]
struct VersionRow {
    version: i64,
    change: Sealed,
}

impl VersionRow {
    fn open(self, keys: &ProgramKeys, id: ParticipantId) -> Result<Version, StoreError> {
        Ok(Version { number: self.version, change: keys.open(&change_place(id, self.version), &self.change)? })
    }
}

/// The versions before one, the newest first.
pub(crate) async fn safety_plan_versions(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    id: ParticipantId,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<Version>, StoreError> {
    let rows: Vec<VersionRow> = sqlx::query_as(
        "select version, change from safety_plan_version
         where program_id = $1 and participant_id = $2 and ($3::bigint is null or version < $3)
         order by version desc limit $4",
    )
    .bind(scope.program())
    .bind(id)
    .bind(before)
    .bind(most)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(|row| row.open(keys, id)).collect()
}

/// The changes after one version up to another, the oldest first.
pub(crate) async fn safety_plan_changes(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    id: ParticipantId,
    (after, up_to): (i64, i64),
) -> Result<Vec<Change>, StoreError> {
    let rows: Vec<VersionRow> = sqlx::query_as(
        "select version, change from safety_plan_version
         where program_id = $1 and participant_id = $2 and version > $3 and version <= $4
         order by version",
    )
    .bind(scope.program())
    .bind(id)
    .bind(after)
    .bind(up_to)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(|row| Ok(row.open(keys, id)?.change.into_exposed())).collect()
}

/// Whether a contact is the participant's.
pub(crate) async fn contact_is_of(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    contact: ContactId,
    id: ParticipantId,
) -> Result<bool, StoreError> {
    let is_of = "select exists (select from contact where program_id = $1 and contact_id = $2 and participant_id = $3)";
    Ok(sqlx::query_scalar(is_of).bind(scope.program()).bind(contact).bind(id).fetch_one(reader).await?)
}
