//! The ledger of custody. Nothing is deleted and no end is moved: an open interval ends, and its successor begins there.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, Person, PersonId, Timestamp};
use sqlx::{Executor, FromRow, Postgres};

use super::program::person;
use crate::domain::contact::{ContactState, Direction};
use crate::domain::custody::{Interval, Leg, Open, Owner, OwnerRole, Owners, next, owner};

#[derive(FromRow)]
struct CustodyRow {
    sequence: i32,
    role: OwnerRole,
    owner_id: String,
    owner_name: String,
    on_duty: bool,
    since: Timestamp,
    until: Option<Timestamp>,
}

impl From<CustodyRow> for Interval {
    fn from(row: CustodyRow) -> Self {
        let owner = Owner { role: row.role, id: row.owner_id, name: row.owner_name, on_duty: row.on_duty };
        Self { sequence: row.sequence, owner, since: row.since, until: row.until }
    }
}

#[derive(FromRow)]
struct LegRow {
    direction: Direction,
    state: ContactState,
    counselor_id: Option<PersonId>,
    counselor_name: Option<String>,
}

impl From<LegRow> for Leg {
    fn from(row: LegRow) -> Self {
        Self {
            is_outbound: row.direction == Direction::Outbound,
            state: row.state,
            counselor: person(row.counselor_id, row.counselor_name),
        }
    }
}

#[derive(FromRow)]
struct SituationRow {
    clinical_director_id: PersonId,
    clinical_director_name: String,
    supervisor_id: Option<PersonId>,
    supervisor_name: Option<String>,
    backup_line: String,
    responsible_clinician_id: Option<PersonId>,
    responsible_clinician_name: Option<String>,
    follow_ups: bool,
    referral: bool,
    clinic_owner_id: Option<PersonId>,
    clinic_owner_name: Option<String>,
    decision: bool,
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

/// Looks at what is open, and hands the chain to its owner. The transaction holds the program and
/// the chain's contact.
pub(crate) async fn custody_follow(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (open, owners) = situation(tx, scope, chain).await?;
    let last = custody_last(tx, scope, chain).await?;
    let Some(next) = next(last.as_ref(), owner(&open, &owners), now) else { return Ok(()) };
    if let Some(last) = last.filter(|last| last.until.is_none()) {
        interval_end(tx, scope, chain, last.sequence, next.since).await?;
    }
    sqlx::query(
        "insert into custody
             (program_id, contact_id, sequence, previous_sequence, role, owner_id, owner_name, on_duty, since)
         values ($1, $2, $3, nullif($3 - 1, 0), $4, $5, $6, $7, $8)",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(next.sequence)
    .bind(next.owner.role)
    .bind(&next.owner.id)
    .bind(&next.owner.name)
    .bind(next.owner.on_duty)
    .bind(next.since)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What is open of a chain, and its possible owners.
async fn situation(tx: &mut Tx, scope: &ProgramScope, chain: ContactId) -> Result<(Open, Owners), StoreError> {
    let legs: Vec<LegRow> = sqlx::query_as(
        "select direction, state, counselor_id, counselor_name from contact
         where program_id = $1 and (contact_id = $2 or origin_contact_id = $2)
         order by contact_id",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_all(tx.conn())
    .await?;
    let row: SituationRow = sqlx::query_as(
        "select p.clinical_director_id, p.clinical_director_name, p.supervisor_id, p.supervisor_name, p.backup_line,
                t.responsible_clinician_id, t.responsible_clinician_name,
                c.follow_ups_asked > c.follow_ups_ended as follow_ups,
                exists (select 1 from contact_referral r where r.program_id = c.program_id
                          and r.contact_id = c.contact_id and r.ended_at is null) as referral,
                clinic.owner_id as clinic_owner_id, clinic.owner_name as clinic_owner_name,
                exists (select 1 from decision d where d.program_id = c.program_id and d.contact_id = c.contact_id
                          and d.decided_at is null and d.withdrawn_at is null) as decision
         from contact c
         join program p on p.program_id = c.program_id
         left join participant t on t.program_id = c.program_id and t.participant_id = c.participant_id
         left join lateral (
             select r.owner_id, r.owner_name from contact_referral r
             where r.program_id = c.program_id and r.contact_id = c.contact_id and r.ended_at is null
               and r.accepted_at is not null
             order by r.accepted_at desc, r.referral_id limit 1) as clinic on true
         where c.program_id = $1 and c.contact_id = $2",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_one(tx.conn())
    .await?;
    let open = Open {
        legs: legs.into_iter().map(Leg::from).collect(),
        follow_ups: row.follow_ups,
        referral: row.referral,
        clinic: person(row.clinic_owner_id, row.clinic_owner_name),
        decision: row.decision,
    };
    let owners = Owners {
        clinical_director: Person { id: row.clinical_director_id, name: row.clinical_director_name },
        supervisor: person(row.supervisor_id, row.supervisor_name),
        backup_line: row.backup_line,
        responsible_clinician: person(row.responsible_clinician_id, row.responsible_clinician_name),
    };
    Ok((open, owners))
}

async fn custody_last(tx: &mut Tx, scope: &ProgramScope, chain: ContactId) -> Result<Option<Interval>, StoreError> {
    let row: Option<CustodyRow> = sqlx::query_as(
        "select * from custody where program_id = $1 and contact_id = $2 order by sequence desc limit 1",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Interval::from))
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

/// Hands every chain that somebody owns by being on duty to `owner`. The transaction holds the program alone, so that no
/// contact is going to somebody who is not on duty any more.
pub(crate) async fn custody_pass_duty(
    tx: &mut Tx,
    scope: &ProgramScope,
    owner: &Owner,
    now: Timestamp,
) -> Result<(), StoreError> {
    custody_pass(tx, scope, owner, now).await
}

/// Hands every chain that the clinical director follows up to the new one. The transaction holds the program alone.
pub(crate) async fn custody_pass_direction(
    tx: &mut Tx,
    scope: &ProgramScope,
    director: &Person,
    now: Timestamp,
) -> Result<(), StoreError> {
    custody_pass(tx, scope, &Owner::new(OwnerRole::ClinicalDirector, director), now).await
}

/// Hands over every chain whose owner has the new owner's standing: on duty, or clinical director by name.
async fn custody_pass(tx: &mut Tx, scope: &ProgramScope, owner: &Owner, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "with ended as (
             update custody set until = greatest(since, $6)
             where program_id = $1 and until is null and on_duty = $5 and (on_duty or role = 'clinical_director')
               and (role, owner_id, owner_name) is distinct from ($2, $3, $4)
             returning contact_id, sequence, until
         )
         insert into custody
             (program_id, contact_id, sequence, previous_sequence, role, owner_id, owner_name, on_duty, since)
         select $1, contact_id, sequence + 1, sequence, $2, $3, $4, $5, until from ended",
    )
    .bind(scope.program())
    .bind(owner.role)
    .bind(&owner.id)
    .bind(&owner.name)
    .bind(owner.on_duty)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}
