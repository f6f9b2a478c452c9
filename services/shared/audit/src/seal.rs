//! Sealing: about every second, what was recorded since is chained, and the end of the chain signed.
//!
//! Off the main path: nobody who records waits for a lock of this. Any replica may seal; one at a time does, by an advisory
//! lock per program that ends with its transaction, and the chain's key refuses a second link at a place.
//!
//! Every record is sealed, however late it commits: records name their transaction, and the next seal reads on from the
//! oldest transaction that was at work during this one. Not chosen: a position taken when a record is written, which would
//! make every writer of a program wait for the one before; reading on from the last time or number seen, which misses a
//! transaction that commits late with an earlier one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use harborline_identity::{Call, ProgramScope, ServiceName};
use harborline_store::{Store, StoreError, Tx};
use harborline_telemetry::Outage;
use harborline_types::ProgramId;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::chain::{BEGINNING, Entry, Hash};
use crate::checkpoint::{Checkpoint, SigningKey};
use crate::copies::Copies;

/// The pause between two seals.
const PAUSE: Duration = Duration::from_secs(1);
/// A record that is unsealed for longer is a fault that an operator must look at.
const TOO_LONG: Duration = Duration::from_secs(5);
/// The most records of one seal.
const MOST: i64 = 5000;

/// Seals one service's record of accesses.
pub struct Sealer {
    store: Store,
    service: ServiceName,
    key: SigningKey,
    copies: Mutex<Copies>,
}

/// Where a chain ends, and from where on records may be unsealed.
#[derive(sqlx::FromRow)]
struct End {
    position: Option<i64>,
    hash: Option<Vec<u8>>,
    sealed_below: Option<i64>,
    oldest_at_work: i64,
    next_transaction: i64,
    now: DateTime<Utc>,
}

/// A program with records that are unsealed.
#[derive(sqlx::FromRow)]
struct Unsealed {
    program_id: ProgramId,
    /// Seconds since the oldest was written.
    age: f64,
}

impl Sealer {
    /// Seals the record of a service in its own store.
    pub fn new(store: Store, service: ServiceName, key: SigningKey) -> Arc<Self> {
        Arc::new(Self { store, service, key, copies: Mutex::default() })
    }

    /// Seals again and again until told to stop.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        let gauge = harborline_telemetry::metrics::meter()
            .f64_gauge("harborline.audit.unsealed_age")
            .with_unit("s")
            .with_description("Age of the oldest record of an access that is not sealed yet.")
            .build();
        let outage = Outage::new("records of accesses cannot be sealed");
        while !shutdown.is_cancelled() {
            let sealed = self.seal().await;
            outage.note(&sealed);
            if let Ok(age) = sealed {
                gauge.record(age.as_secs_f64(), &[]);
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Seals what is unsealed now, of all programs; answers how old the oldest was.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn seal(&self) -> Result<Duration, StoreError> {
        let mut oldest = Duration::ZERO;
        for Unsealed { program_id, age } in unsealed(&self.store).await? {
            let age = Duration::try_from_secs_f64(age).unwrap_or_default();
            oldest = oldest.max(age);
            if age > TOO_LONG {
                tracing::warn!(harborline.program.id = %program_id, age_seconds = age.as_secs(),
                    "a record of an access was unsealed for too long");
            }
            while let Some(checkpoint) = self.seal_program(program_id).await? {
                tracing::debug!(%checkpoint, "sealed");
                self.copies().note(checkpoint);
            }
        }
        copy(self.copies().due(Instant::now()));
        Ok(oldest)
    }

    /// Seals what the last calls have left, and copies all that was not copied.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn finish(&self) -> Result<(), StoreError> {
        let sealed = self.seal().await;
        copy(self.copies().rest());
        sealed.map(drop)
    }

    fn copies(&self) -> MutexGuard<'_, Copies> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seals up to [`MOST`] records of one program; none when there are none, or another replica is at it.
    async fn seal_program(&self, program: ProgramId) -> Result<Option<Checkpoint>, StoreError> {
        let scope = Call::of_duty(self.service, program, None).scope();
        let scope = scope.map_err(|_| StoreError::Fault("a program without a scope".to_owned()))?;
        let mut tx = self.store.begin(&scope).await?;
        if !lock(&mut tx, program).await? {
            return Ok(None);
        }
        let end = end(&mut tx, program).await?;
        // In a database that was copied into another server, the transactions of before may have higher numbers.
        let from = end.sealed_below.filter(|from| *from <= end.next_transaction).unwrap_or(0);
        let entries = entries(&mut tx, program, from).await?;
        let Some(last) = entries.last() else { return Ok(None) };
        let is_all = (entries.len() as i64) < MOST;
        let sealed_below = if is_all { end.oldest_at_work } else { end.oldest_at_work.min(last.transaction_id) };
        let before = end.hash.and_then(|hash| Hash::try_from(hash).ok()).unwrap_or(BEGINNING);
        let (position, hash) = append(&mut tx, &scope, end.position.unwrap_or(0), before, &entries).await?;
        let checkpoint = self.key.sign(self.service, program, position, hash, end.now);
        insert_checkpoint(&mut tx, &checkpoint, sealed_below).await?;
        tx.commit().await?;
        Ok(Some(checkpoint))
    }
}

/// Writes checkpoints to the log, in the words in which `harborline audit verify --known` reads them.
fn copy(checkpoints: Vec<Checkpoint>) {
    for checkpoint in checkpoints {
        tracing::info!(%checkpoint, "accesses are sealed up to here");
    }
}

/// Programs that have something to seal. Goes from program to program along the index: it reads as many rows as there are
/// programs, and those that were written since their last seal.
async fn unsealed(store: &Store) -> Result<Vec<Unsealed>, StoreError> {
    let found = sqlx::query_as(
        "with recursive program (id) as (
             (select program_id from access_record order by program_id limit 1)
             union all
             select (select program_id from access_record where program_id > program.id order by program_id limit 1)
             from program where program.id is not null)
         select program.id as program_id,
                extract(epoch from clock_timestamp() - oldest.at)::float8 as age
         from program,
              lateral (select min(r.at) as at from access_record r
                       where r.program_id = program.id
                         and r.transaction_id >= coalesce(
                             (select case when c.sealed_below <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                                          then c.sealed_below end
                              from access_checkpoint c where c.program_id = program.id
                              order by c.position desc limit 1), 0)
                         and not exists (select from access_chain c
                                         where c.program_id = r.program_id and c.record_id = r.record_id)) oldest
         where program.id is not null and oldest.at is not null",
    );
    Ok(found.fetch_all(store.across_programs()).await?)
}

/// Takes the program's place among sealers until the transaction ends.
async fn lock(tx: &mut Tx, program: ProgramId) -> Result<bool, StoreError> {
    let lock = "select pg_try_advisory_xact_lock(hashtextextended('access_chain/' || $1, 0))";
    Ok(sqlx::query_scalar(lock).bind(program.to_string()).fetch_one(tx.conn()).await?)
}

/// Where the chain ends. Asked before the records are read: a transaction that ends in between is not below the mark.
async fn end(tx: &mut Tx, program: ProgramId) -> Result<End, StoreError> {
    let end = sqlx::query_as(
        "select chain.position, chain.hash,
                (select sealed_below from access_checkpoint where program_id = $1 order by position desc limit 1),
                pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest_at_work,
                pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next_transaction, clock_timestamp() as now
         from (select) as always
         left join lateral (select position, hash from access_chain where program_id = $1
                            order by position desc limit 1) chain on true",
    );
    Ok(end.bind(program).fetch_one(tx.conn()).await?)
}

async fn entries(tx: &mut Tx, program: ProgramId, from: i64) -> Result<Vec<Entry>, StoreError> {
    let unsealed = sqlx::query_as(
        "select transaction_id, record_id, at, caller, roles, purpose, method, act, participants, contacts, recipient,
                basis, rule, trace_id
         from access_record r
         where program_id = $1 and transaction_id >= $2
           and not exists (select from access_chain c where c.program_id = $1 and c.record_id = r.record_id)
         order by transaction_id, record_id limit $3",
    );
    Ok(unsealed.bind(program).bind(from).bind(MOST).fetch_all(tx.conn()).await?)
}

/// Chains the records, and notes whom each concerns. Answers the new end.
async fn append(
    tx: &mut Tx,
    scope: &ProgramScope,
    end: i64,
    before: Hash,
    entries: &[Entry],
) -> Result<(i64, Hash), StoreError> {
    let (mut positions, mut records, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut subjects, mut transactions, mut subject_records) = (Vec::new(), Vec::new(), Vec::new());
    let (mut position, mut hash) = (end, before);
    for entry in entries {
        position += 1;
        hash = entry.hash(&hash, scope.program(), position);
        positions.push(position);
        records.push(entry.record_id);
        hashes.push(hash.to_vec());
        let concerned: BTreeSet<Uuid> = entry.participants.iter().chain(&entry.contacts).copied().collect();
        for subject in concerned {
            subjects.push(subject);
            transactions.push(entry.transaction_id);
            subject_records.push(entry.record_id);
        }
    }
    sqlx::query(
        "with chained as (
             insert into access_chain (program_id, position, record_id, hash)
             select $1, * from unnest($2::bigint[], $3::uuid[], $4::bytea[]))
         insert into access_subject (program_id, subject_id, transaction_id, record_id)
         select $1, * from unnest($5::uuid[], $6::bigint[], $7::uuid[])",
    )
    .bind(scope.program())
    .bind(positions)
    .bind(records)
    .bind(hashes)
    .bind(subjects)
    .bind(transactions)
    .bind(subject_records)
    .execute(tx.conn())
    .await?;
    Ok((position, hash))
}

async fn insert_checkpoint(tx: &mut Tx, checkpoint: &Checkpoint, sealed_below: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into access_checkpoint (program_id, position, hash, at, key_id, signature, sealed_below)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(checkpoint.program)
    .bind(checkpoint.position)
    .bind(checkpoint.hash.as_slice())
    .bind(checkpoint.at)
    .bind(&checkpoint.key_id)
    .bind(&checkpoint.signature)
    .bind(sealed_below)
    .execute(tx.conn())
    .await?;
    Ok(())
}
