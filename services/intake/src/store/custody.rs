//! The ledger of custody. Nothing is deleted and no end is moved: an open interval ends, and its successor begins there.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, ParticipantId, Person, PersonId, Timestamp};
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

/// One leg of a chain, with what else custody depends on: the same in each row.
#[derive(FromRow)]
struct SituationRow {
    direction: Direction,
    state: ContactState,
    counselor_id: Option<PersonId>,
    counselor_name: Option<String>,
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
    last_sequence: Option<i32>,
    last_role: Option<OwnerRole>,
    last_owner_id: Option<String>,
    last_owner_name: Option<String>,
    last_on_duty: Option<bool>,
    last_since: Option<Timestamp>,
    last_until: Option<Timestamp>,
}

impl SituationRow {
    /// The newest interval of the chain.
    fn last(&self) -> Option<Interval> {
        let owner = Owner {
            role: self.last_role?,
            id: self.last_owner_id.clone()?,
            name: self.last_owner_name.clone()?,
            on_duty: self.last_on_duty?,
        };
        Some(Interval { sequence: self.last_sequence?, owner, since: self.last_since?, until: self.last_until })
    }

    fn owners(&self) -> Owners {
        let clinical_director =
            Person { id: self.clinical_director_id.clone(), name: self.clinical_director_name.clone() };
        Owners {
            clinical_director,
            supervisor: person(self.supervisor_id.clone(), self.supervisor_name.clone()),
            backup_line: self.backup_line.clone(),
            responsible_clinician: person(
                self.responsible_clinician_id.clone(),
                self.responsible_clinician_name.clone(),
            ),
        }
    }

    fn leg(&self) -> Leg {
        Leg {
            is_outbound: self.direction == Direction::Outbound,
            state: self.state,
            counselor: person(self.counselor_id.clone(), self.counselor_name.clone()),
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

/// Looks at what is open, and hands the chain to its owner. The transaction holds the program and
/// the chain's contact.
pub(crate) async fn custody_follow(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows = situation(tx, scope, chain).await?;
    let first = rows.first().ok_or_else(|| StoreError::Fault("a chain without its contact".to_owned()))?;
    let open = Open {
        legs: rows.iter().map(SituationRow::leg).collect(),
        follow_ups: first.follow_ups,
        referral: first.referral,
        clinic: person(first.clinic_owner_id.clone(), first.clinic_owner_name.clone()),
        decision: first.decision,
    };
    match next(first.last().as_ref(), owner(&open, &first.owners()), now) {
        Some(next) => interval_insert(tx, scope, chain, &next).await,
        None => Ok(()),
    }
}

/// What is open of a chain, its possible owners and its newest interval: a row for each of its contacts, the oldest first.
async fn situation(tx: &mut Tx, scope: &ProgramScope, chain: ContactId) -> Result<Vec<SituationRow>, StoreError> {
    let rows = sqlx::query_as(
        "select leg.direction, leg.state, leg.counselor_id, leg.counselor_name,
                p.clinical_director_id, p.clinical_director_name, p.supervisor_id, p.supervisor_name, p.backup_line,
                t.responsible_clinician_id, t.responsible_clinician_name,
                c.follow_ups_asked > c.follow_ups_ended as follow_ups,
                exists (select 1 from contact_referral r where r.program_id = c.program_id
                          and r.contact_id = c.contact_id and r.ended_at is null) as referral,
                clinic.owner_id as clinic_owner_id, clinic.owner_name as clinic_owner_name,
                exists (select 1 from decision d where d.program_id = c.program_id and d.contact_id = c.contact_id
                          and d.decided_at is null and d.withdrawn_at is null) as decision,
                last.sequence as last_sequence, last.role as last_role, last.owner_id as last_owner_id,
                last.owner_name as last_owner_name, last.on_duty as last_on_duty, last.since as last_since,
                last.until as last_until
         from contact leg
         join contact c on c.program_id = $1 and c.contact_id = $2
         join program p on p.program_id = c.program_id
         left join participant t on t.program_id = c.program_id and t.participant_id = c.participant_id
         left join lateral (
             select r.owner_id, r.owner_name from contact_referral r
             where r.program_id = c.program_id and r.contact_id = c.contact_id and r.ended_at is null
               and r.accepted_at is not null
             order by r.accepted_at desc, r.referral_id limit 1) as clinic on true
         left join lateral (
             select * from custody i where i.program_id = c.program_id and i.contact_id = c.contact_id
             order by i.sequence desc limit 1) as last on true
         where leg.program_id = $1 and (leg.contact_id = $2 or leg.origin_contact_id = $2)
         order by leg.contact_id",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Ends the interval before this one, if it is open, and begins this one.
async fn interval_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    interval: &Interval,
) -> Result<(), StoreError> {
    sqlx::query(
        "with ended as (
             update custody set until = $8
             where program_id = $1 and contact_id = $2 and sequence = $3 - 1 and until is null
             returning 1
         )
         insert into custody
             (program_id, contact_id, sequence, previous_sequence, role, owner_id, owner_name, on_duty, since)
         select $1, $2, $3, nullif($3 - 1, 0), $4, $5, $6, $7, $8
         from (select count(*) from ended) as after",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(interval.sequence)
    .bind(interval.owner.role)
    .bind(&interval.owner.id)
    .bind(&interval.owner.name)
    .bind(interval.owner.on_duty)
    .bind(interval.since)
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

/// Hands every chain of a participant whom the responsible clinician follows up to the new one. The transaction holds the
/// program alone.
pub(crate) async fn custody_pass_clinician(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: ParticipantId,
    clinician: &Person,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "with ended as (
             update custody set until = greatest(since, $5)
             where program_id = $1 and until is null and role = 'responsible_clinician'
               and (owner_id, owner_name) is distinct from ($3, $4)
               and exists (select from contact where contact.program_id = $1 and contact.participant_id = $2
                               and contact.contact_id = custody.contact_id)
             returning contact_id, sequence, until
         )
         insert into custody
             (program_id, contact_id, sequence, previous_sequence, role, owner_id, owner_name, on_duty, since)
         select $1, contact_id, sequence + 1, sequence, 'responsible_clinician', $3, $4, false, until from ended",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(&clinician.id)
    .bind(&clinician.name)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
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
