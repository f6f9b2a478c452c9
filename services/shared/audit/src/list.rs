//! Who touched something: the acts on record about participants and contacts, newest first.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError};
use uuid::Uuid;

use crate::chain::Entry;

/// A place in the order of acts: by time, and by id where times are equal. The same in every service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When.
    pub at: DateTime<Utc>,
    /// Which.
    pub record: Uuid,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.timestamp_micros(), self.record)
    }
}

impl FromStr for Place {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let (at, record) = text.split_once('.').ok_or(StoreError::CursorInvalid)?;
        let at = at.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(StoreError::CursorInvalid)?;
        // Postgres knows years from 4713 before Christ on; no act is that old.
        if at < DateTime::UNIX_EPOCH {
            return Err(StoreError::CursorInvalid);
        }
        Ok(Self { at, record: record.parse().map_err(|_| StoreError::CursorInvalid)? })
    }
}

/// Up to `most` acts that touched any of the subjects, from behind a place on, newest first.
///
/// What is sealed is found through the table that sealing writes; what is not yet, by looking through the few rows since.
///
/// # Errors
/// When the database does not answer.
pub async fn accesses(
    store: &Store,
    scope: &ProgramScope,
    subjects: &[Uuid],
    before: Option<Place>,
    most: i64,
) -> Result<Vec<Entry>, StoreError> {
    let found = sqlx::query_as(
        "with sealed as (
             select coalesce((select case when sealed_below <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                                          then sealed_below end
                              from access_checkpoint where program_id = $1 order by position desc limit 1), 0) as below),
         found as (
             select transaction_id, record_id from access_subject where program_id = $1 and subject_id = any ($2)
             union
             select transaction_id, record_id from access_record
             where program_id = $1 and transaction_id >= (select below from sealed)
               and (participants && $2 or contacts && $2))
         select r.transaction_id, r.record_id, at, caller, roles, purpose, method, act, participants, contacts, recipient,
                basis, rule, trace_id
         from access_record r join found using (transaction_id, record_id)
         where program_id = $1 and ($3::timestamptz is null or (at, r.record_id) < ($3, $4))
         order by at desc, r.record_id desc limit $5",
    );
    let found = found.bind(scope.program()).bind(subjects);
    let found = found.bind(before.map(|place| place.at)).bind(before.map(|place| place.record)).bind(most);
    Ok(found.fetch_all(store.reader(scope)).await?)
}
