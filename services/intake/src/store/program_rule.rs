//! Program rules. Key and rule lie sealed in each version; a rule is found by a keyed hash of its key.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{OnConstraint, StoreError, Tx};
use harborline_types::{ParticipantId, Person, PersonId, Phi, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::types::Uuid;
use sqlx::{Executor, FromRow, Postgres};

use crate::domain::program_rule::{KeptRule, Rule};
use crate::error::IntakeError;

/// The label of the hash by which a rule is found.
const KEY: &str = "program_rule.key";

/// So many versions of one rule are listed at most.
const MOST_VERSIONS: i64 = 100;

#[derive(FromRow)]
struct RuleRow {
    rule_id: Uuid,
    participant_id: Option<ParticipantId>,
    version: i64,
    record: Sealed,
    is_in_force: bool,
    put_by_id: PersonId,
    put_by_name: String,
    put_at: Timestamp,
}

/// What is sealed of a version.
#[derive(Serialize, Deserialize)]
struct Record {
    key: String,
    rule: Rule,
}

fn place(id: Uuid, version: i64) -> Place {
    Place::new("program_rule_version", "record", format_args!("{id}/{version}"))
}

fn key_hash(keys: &ProgramKeys, key: &str) -> Vec<u8> {
    keys.digest(KEY, key.as_bytes()).to_vec()
}

impl RuleRow {
    fn open(self, keys: &ProgramKeys) -> Result<KeptRule, StoreError> {
        let record: Record = keys.open(&place(self.rule_id, self.version), &self.record)?.into_exposed();
        let put_by = Person { id: self.put_by_id, name: self.put_by_name };
        Ok(KeptRule {
            key: record.key,
            participant: self.participant_id,
            rule: Phi::new(record.rule),
            version: self.version,
            put: Some((put_by, self.put_at)),
            is_in_force: self.is_in_force,
        })
    }
}

/// The newest versions of the program's rules and of those of one participant.
pub(crate) async fn program_rule_list(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    participant: Option<ParticipantId>,
) -> Result<Vec<KeptRule>, StoreError> {
    let rows: Vec<RuleRow> = sqlx::query_as(
        "select v.*, r.participant_id from program_rule r
         join program_rule_version v on v.program_id = r.program_id and v.rule_id = r.rule_id and v.version = r.version
         where r.program_id = $1 and (r.participant_id is null or r.participant_id = $2)",
    )
    .bind(scope.program())
    .bind(participant)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(|row| row.open(keys)).collect()
}

/// The versions of one rule, the newest first.
pub(crate) async fn program_rule_versions(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    participant: Option<ParticipantId>,
    key: &str,
) -> Result<Vec<KeptRule>, StoreError> {
    let rows: Vec<RuleRow> = sqlx::query_as(
        "select v.*, r.participant_id from program_rule r join program_rule_version v using (program_id, rule_id)
         where r.program_id = $1 and r.participant_id is not distinct from $2 and r.key_hash = $3
         order by v.version desc limit $4",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(key_hash(keys, key))
    .bind(MOST_VERSIONS)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(|row| row.open(keys)).collect()
}

/// A rule that nobody else changes until the transaction ends.
pub(crate) struct LockedRule {
    id: Uuid,
    pub(crate) kept: KeptRule,
}

/// Loads and locks a rule; none where there is none yet.
pub(crate) async fn program_rule_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: Option<ParticipantId>,
    key: &str,
) -> Result<Option<LockedRule>, StoreError> {
    let keys = tx.keys().await?;
    let row: Option<RuleRow> = sqlx::query_as(
        "select v.*, r.participant_id from program_rule r
         join program_rule_version v on v.program_id = r.program_id and v.rule_id = r.rule_id and v.version = r.version
         where r.program_id = $1 and r.participant_id is not distinct from $2 and r.key_hash = $3
         for no key update of r",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(key_hash(&keys, key))
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| Ok(LockedRule { id: row.rule_id, kept: row.open(&keys)? })).transpose()
}

/// Writes a new version of a rule that is locked, or the first one.
pub(crate) async fn program_rule_save(
    tx: &mut Tx,
    scope: &ProgramScope,
    locked: Option<&LockedRule>,
    kept: &KeptRule,
    by: &Person,
    at: Timestamp,
) -> Result<(), IntakeError> {
    let (keys, id) = (tx.keys().await?, locked.map_or_else(Uuid::now_v7, |locked| locked.id));
    let rule = kept.rule.expose();
    let record = Phi::new(Record { key: kept.key.clone(), rule: rule.clone() });
    sqlx::query(
        "with saved as (
             insert into program_rule (program_id, rule_id, participant_id, key_hash, version, is_in_force, has_effects)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict on constraint program_rule_key do update
             set version = excluded.version, is_in_force = excluded.is_in_force, has_effects = excluded.has_effects
             returning program_id, rule_id, version, is_in_force
         )
         insert into program_rule_version
             (program_id, rule_id, version, record, is_in_force, put_by_id, put_by_name, put_at)
         select program_id, rule_id, version, $8, is_in_force, $9, $10, $11 from saved",
    )
    .bind(scope.program())
    .bind(id)
    .bind(kept.participant)
    .bind(key_hash(&keys, &kept.key))
    .bind(kept.version)
    .bind(kept.is_in_force)
    .bind(rule.has_effects())
    .bind(keys.seal(&place(id, kept.version), &record).map_err(StoreError::from)?)
    .bind(&by.id)
    .bind(&by.name)
    .bind(at)
    .execute(tx.conn())
    .await
    // Somebody else has put the first version at this moment.
    .on_constraint("program_rule_once", || IntakeError::Store(StoreError::EtagMismatch))?;
    Ok(())
}

/// Whether a rule in force asks for more than to be read, of a contact that is this participant's, or nobody's.
pub(crate) async fn program_rules_have_effects(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: Option<ParticipantId>,
) -> Result<bool, StoreError> {
    let have_effects = sqlx::query_scalar(
        "select exists (
             select from program_rule where program_id = $1 and is_in_force and has_effects
             and (participant_id is null or participant_id = $2))",
    )
    .bind(scope.program())
    .bind(participant)
    .fetch_one(tx.conn())
    .await?;
    Ok(have_effects)
}
