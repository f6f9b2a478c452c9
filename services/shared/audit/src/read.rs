//! Verifying what a database holds, and listing its checkpoints: for the owner of the schema, or an auditor with a role
//! that may read these tables and that row-level security does not bind.

use chrono::{DateTime, TimeDelta, Utc};
use harborline_identity::ServiceName;
use harborline_store::StoreError;
use harborline_types::ProgramId;
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;

use crate::chain::{Entry, Hash};
use crate::checkpoint::{Checkpoint, PublicKey};
use crate::verify::{Break, Link, Verifier, Whole};

/// A record that is unsealed for longer than this is a break. Sealing takes about a second; this forgives a restart.
const PATIENCE: TimeDelta = TimeDelta::seconds(60);

/// Places read at once.
const PAGE: i64 = 10_000;

/// What came of a verification: a chain that is whole, or its first break.
pub type Verdict = Result<Whole, Break>;

/// The programs that have anything on record.
///
/// # Errors
/// When the database does not answer.
pub async fn programs(database: &mut PgConnection) -> Result<Vec<ProgramId>, StoreError> {
    let programs = "select program_id from access_record union select program_id from access_chain
                    union select program_id from access_checkpoint order by 1";
    Ok(sqlx::query_scalar(programs).fetch_all(database).await?)
}

/// Verifies one program's record in a service's database. `known` are checkpoints that were kept elsewhere.
///
/// # Errors
/// When the database does not answer.
pub async fn verify(
    database: &mut PgConnection,
    service: ServiceName,
    program: ProgramId,
    keys: &[PublicKey],
    known: &[Checkpoint],
) -> Result<Verdict, StoreError> {
    let mut signed = checkpoints(database, service, program, i64::MAX).await?;
    let ours = |checkpoint: &&Checkpoint| checkpoint.service == service && checkpoint.program == program;
    signed.extend(known.iter().filter(ours).cloned());
    let mut verifier = match Verifier::begin(service, program, keys, signed) {
        Ok(verifier) => verifier,
        Err(broken) => return Ok(Err(broken)),
    };
    let mut after = i64::MIN;
    loop {
        let page = links(database, program, after).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for link in page {
            if let Err(broken) = verifier.take(link) {
                return Ok(Err(broken));
            }
        }
    }
    let unsealed = unsealed(database, program).await?;
    let now = sqlx::query_scalar("select clock_timestamp()").fetch_one(database).await?;
    Ok(verifier.end(unsealed, now, PATIENCE))
}

/// The last checkpoints of a program, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn checkpoints(
    database: &mut PgConnection,
    service: ServiceName,
    program: ProgramId,
    most: i64,
) -> Result<Vec<Checkpoint>, StoreError> {
    let rows = sqlx::query(
        "select position, hash, at, key_id, signature from access_checkpoint where program_id = $1
         order by position desc limit $2",
    );
    let rows = rows.bind(program).bind(most).fetch_all(database).await?;
    let read = |row: sqlx::postgres::PgRow| {
        Ok(Checkpoint {
            service,
            program,
            position: row.try_get("position")?,
            hash: hash(row.try_get("hash")?),
            at: row.try_get("at")?,
            key_id: row.try_get("key_id")?,
            signature: row.try_get("signature")?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// A hash as it is stored. What has another length is none, and stands for no record.
fn hash(stored: Vec<u8>) -> Hash {
    stored.try_into().unwrap_or([0xff; 32])
}

async fn links(database: &mut PgConnection, program: ProgramId, after: i64) -> Result<Vec<Link>, StoreError> {
    let rows = sqlx::query(
        "with place as (select position, hash, record_id from access_chain
                        where program_id = $1 and position > $2 order by position limit $3)
         select place.position, place.hash, r.record_id as found, r.*
         from place left join access_record r on r.program_id = $1 and r.record_id = place.record_id
         order by place.position",
    );
    let rows = rows.bind(program).bind(after).bind(PAGE).fetch_all(database).await?;
    let read = |row: sqlx::postgres::PgRow| {
        let found: Option<Uuid> = row.try_get("found")?;
        let entry = found.map(|_| Entry::from_row(&row)).transpose()?;
        Ok(Link { position: row.try_get("position")?, hash: hash(row.try_get("hash")?), entry })
    };
    rows.into_iter().map(read).collect()
}

async fn unsealed(database: &mut PgConnection, program: ProgramId) -> Result<Vec<DateTime<Utc>>, StoreError> {
    let unsealed = sqlx::query_scalar(
        "select at from access_record r where program_id = $1
            and not exists (select from access_chain c where c.program_id = $1 and c.record_id = r.record_id)",
    );
    Ok(unsealed.bind(program).fetch_all(database).await?)
}
