//! The ledger of custody. Nothing is deleted and no end is moved: an open interval ends, and its successor begins there.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, Person, PersonId, Timestamp};
use sqlx::{Executor, FromRow, Postgres};

use super::program::person;
use crate::domain::custody::{Custodian, Interval, Owner, OwnerRole, Owners, next};

#[derive(FromRow)]
struct CustodyRow {
    sequence: i32,
    role: OwnerRole,
    owner_id: String,
    owner_name: String,
    since: Timestamp,
    until: Option<Timestamp>,
}

impl From<CustodyRow> for Interval {
    fn from(row: CustodyRow) -> Self {
        let owner = Owner { role: row.role, id: row.owner_id, name: row.owner_name };
        Self { sequence: row.sequence, owner, since: row.since, until: row.until }
    }
}

#[derive(FromRow)]
struct OwnersRow {
    clinical_director_id: PersonId,
    clinical_director_name: String,
    supervisor_id: Option<PersonId>,
    supervisor_name: Option<String>,
    backup_line: String,
    responsible_clinician_id: Option<PersonId>,
    responsible_clinician_name: Option<String>,
    clinic_owner_id: Option<PersonId>,
    clinic_owner_name: Option<String>,
}

impl From<OwnersRow> for Owners {
    fn from(row: OwnersRow) -> Self {
        Self {
            clinical_director: Person { id: row.clinical_director_id, name: row.clinical_director_name },
            supervisor: person(row.supervisor_id, row.supervisor_name),
            backup_line: row.backup_line,
            responsible_clinician: person(row.responsible_clinician_id, row.responsible_clinician_name),
            clinic: person(row.clinic_owner_id, row.clinic_owner_name),
        }
    }
}

/// The chain, from the first ring on.
pub(crate) async fn custody_list(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    chain: ContactId,
) -> Result<Vec<Interval>, StoreError> {
    let rows: Vec<CustodyRow> =
        sqlx::query_as("select * from custody where program_id = $1 and contact_id = $2 order by sequence")
            .bind(scope.program())
            .bind(chain)
            .fetch_all(reader)
            .await?;
    Ok(rows.into_iter().map(Interval::from).collect())
}

/// The last interval of the chain.
pub(crate) async fn custody_last(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
) -> Result<Option<Interval>, StoreError> {
    let row: Option<CustodyRow> = sqlx::query_as(
        "select * from custody where program_id = $1 and contact_id = $2 order by sequence desc limit 1",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Interval::from))
}

/// Hands the chain over. The transaction holds the program and the chain's contact.
pub(crate) async fn custody_move(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    to: &Custodian,
    now: Timestamp,
) -> Result<(), StoreError> {
    let owners = owners_of(tx, scope, chain).await?;
    let last = custody_last(tx, scope, chain).await?;
    let Some(next) = next(last.as_ref(), to, &owners, now) else { return Ok(()) };
    if let Some(last) = last.filter(Interval::is_open) {
        interval_end(tx, scope, chain, last.sequence, next.since).await?;
    }
    sqlx::query(
        "insert into custody (program_id, contact_id, sequence, previous_sequence, role, owner_id, owner_name, since)
         values ($1, $2, $3, nullif($3 - 1, 0), $4, $5, $6, $7)",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(next.sequence)
    .bind(next.owner.role)
    .bind(&next.owner.id)
    .bind(&next.owner.name)
    .bind(next.since)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends the chain: nobody of ours answers for the person any more.
pub(crate) async fn custody_end(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    now: Timestamp,
) -> Result<(), StoreError> {
    match custody_last(tx, scope, chain).await? {
        Some(last) if last.is_open() => interval_end(tx, scope, chain, last.sequence, last.end(now)).await,
        _ => Ok(()),
    }
}

/// Hands every chain that whoever is on duty owns to `owner`. The transaction holds the program alone, so that no
/// contact is going to somebody who is not on duty any more.
pub(crate) async fn custody_pass_duty(
    tx: &mut Tx,
    scope: &ProgramScope,
    owner: &Owner,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "with ended as (
             update custody set until = greatest(since, $5)
             where program_id = $1 and until is null and role in ('supervisor_on_call', 'clinical_director')
               and (role, owner_id, owner_name) is distinct from ($2, $3, $4)
             returning contact_id, sequence, until
         )
         insert into custody (program_id, contact_id, sequence, previous_sequence, role, owner_id, owner_name, since)
         select $1, contact_id, sequence + 1, sequence, $2, $3, $4, until from ended",
    )
    .bind(scope.program())
    .bind(owner.role)
    .bind(&owner.id)
    .bind(&owner.name)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn interval_end(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    sequence: i32,
    until: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "update custody set until = $4
         where program_id = $1 and contact_id = $2 and sequence = $3 and until is null",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(sequence)
    .bind(until)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn owners_of(tx: &mut Tx, scope: &ProgramScope, chain: ContactId) -> Result<Owners, StoreError> {
    let row: OwnersRow = sqlx::query_as(
        "select p.clinical_director_id, p.clinical_director_name, p.supervisor_id, p.supervisor_name, p.backup_line,
                t.responsible_clinician_id, t.responsible_clinician_name,
                r.owner_id as clinic_owner_id, r.owner_name as clinic_owner_name
         from contact c
         join program p on p.program_id = c.program_id
         left join participant t on t.program_id = c.program_id and t.participant_id = c.participant_id
         left join accepted_referral r on r.program_id = c.program_id and r.contact_id = c.contact_id
         where c.program_id = $1 and c.contact_id = $2",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_one(tx.conn())
    .await?;
    Ok(row.into())
}
