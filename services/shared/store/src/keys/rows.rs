//! The wrapped keys in the database. They are read and written across programs, on connections that no call waits for.

use std::collections::HashMap;
use std::time::Duration;

use harborline_keys::Wrapped;
use harborline_types::ProgramId;
use sqlx::{FromRow, PgPool};

use crate::StoreError;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(crate) enum KeyPurpose {
    /// Seals and opens.
    Data,
    /// Makes the hashes that equality is asked by.
    LookUp,
}

/// One wrapped key.
#[derive(Clone, FromRow)]
pub(crate) struct KeyRow {
    pub(crate) program_id: ProgramId,
    pub(crate) purpose: KeyPurpose,
    pub(crate) version: i32,
    wrapped: Vec<u8>,
    wrapped_by: String,
    begins_in_ms: i64,
}

impl KeyRow {
    pub(crate) fn wrapped(&self) -> Wrapped {
        Wrapped { bytes: self.wrapped.clone(), key: self.wrapped_by.clone() }
    }

    /// The time until it seals; nothing when it does already. It is the database's clock that counts.
    pub(crate) fn begins_in(&self) -> Duration {
        Duration::from_millis(self.begins_in_ms.try_into().unwrap_or_default())
    }

    /// Whether it is the same key, wrapped in the same way.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.purpose, self.version, &self.wrapped) == (other.purpose, other.version, &other.wrapped)
    }
}

const COLUMNS: &str = "select program_id, purpose, version, wrapped, wrapped_by,
    (extract(epoch from begins_at - now()) * 1000)::bigint as begins_in_ms from sealing_key";

/// A program's keys.
pub(crate) async fn keys_of(pool: &PgPool, program: ProgramId) -> Result<Vec<KeyRow>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{COLUMNS} where program_id = $1 order by purpose, version"));
    Ok(sqlx::query_as(sql).bind(program).fetch_all(pool).await?)
}

/// The keys of every program that has any.
pub(crate) async fn keys_of_all(pool: &PgPool) -> Result<HashMap<ProgramId, Vec<KeyRow>>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{COLUMNS} order by program_id, purpose, version"));
    let rows: Vec<KeyRow> = sqlx::query_as(sql).fetch_all(pool).await?;
    let mut programs: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        programs.entry(row.program_id).or_default().push(row);
    }
    Ok(programs)
}

/// Adds a program's first keys, both or, when there are some, none: a reader sees both or neither.
pub(crate) async fn keys_begin(
    pool: &PgPool,
    program: ProgramId,
    look_up: &Wrapped,
    data: &Wrapped,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into sealing_key (program_id, purpose, version, wrapped, wrapped_by)
         values ($1, 'data', 1, $2, $3), ($1, 'look_up', 1, $4, $5)
         on conflict on constraint sealing_key_key do nothing",
    )
    .bind(program)
    .bind(&data.bytes)
    .bind(&data.key)
    .bind(&look_up.bytes)
    .bind(&look_up.key)
    .execute(pool)
    .await?;
    Ok(())
}

/// Adds a version of the data key that begins after a while; false when there is one of that version already.
pub(crate) async fn key_add(
    pool: &PgPool,
    program: ProgramId,
    version: i32,
    wrapped: &Wrapped,
    begins_in: Duration,
) -> Result<bool, StoreError> {
    let added = sqlx::query(
        "insert into sealing_key (program_id, purpose, version, wrapped, wrapped_by, begins_at)
         values ($1, 'data', $2, $3, $4, now() + $5 * interval '1 second')
         on conflict on constraint sealing_key_key do nothing",
    )
    .bind(program)
    .bind(version)
    .bind(&wrapped.bytes)
    .bind(&wrapped.key)
    .bind(begins_in.as_secs_f64())
    .execute(pool)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Puts the same key, wrapped anew, into its row; nothing when somebody else did meanwhile.
pub(crate) async fn key_rewrap(pool: &PgPool, row: &KeyRow, wrapped: &Wrapped) -> Result<(), StoreError> {
    sqlx::query(
        "update sealing_key set wrapped = $5, wrapped_by = $6
         where program_id = $1 and purpose = $2 and version = $3 and wrapped = $4",
    )
    .bind(row.program_id)
    .bind(row.purpose)
    .bind(row.version)
    .bind(&row.wrapped)
    .bind(&wrapped.bytes)
    .bind(&wrapped.key)
    .execute(pool)
    .await?;
    Ok(())
}
