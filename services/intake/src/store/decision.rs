//! Decisions. Why, and which duties a conversation left open, is sealed; what is counted and paged by is not.

use std::fmt::Display;

use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{StoreError, Tx};
use harborline_types::{Acuity, ClosingDuty, ContactId, DecisionId, PersonId, Phi, Timestamp};
use sqlx::{Executor, FromRow, Postgres};

use super::program::person;
use crate::domain::decision::{Decision, DecisionKind, Made, Question, Verdict};

#[derive(FromRow)]
struct DecisionRow {
    decision_id: DecisionId,
    contact_id: ContactId,
    kind: DecisionKind,
    subject: String,
    acuity: Acuity,
    open_duties: Sealed,
    opened_at: Timestamp,
    withdrawn_at: Option<Timestamp>,
    verdict: Option<Verdict>,
    decided_by_id: Option<PersonId>,
    decided_by_name: Option<String>,
    decided_at: Option<Timestamp>,
    reason: Option<Sealed>,
}

fn place(column: &'static str, id: DecisionId) -> Place {
    Place::new("decision", column, id)
}

impl DecisionRow {
    fn made(&mut self, keys: &ProgramKeys) -> Result<Option<Made>, StoreError> {
        let by = person(self.decided_by_id.take(), self.decided_by_name.take());
        let (Some(verdict), Some(by), Some(at), Some(reason)) = (self.verdict, by, self.decided_at, &self.reason)
        else {
            return Ok(None);
        };
        Ok(Some(Made { verdict, by, at, reason: keys.open(&place("reason", self.decision_id), reason)? }))
    }

    fn open(mut self, keys: &ProgramKeys) -> Result<Decision, StoreError> {
        let duties: Phi<Vec<ClosingDuty>> = keys.open(&place("open_duties", self.decision_id), &self.open_duties)?;
        Ok(Decision {
            made: self.made(keys)?,
            id: self.decision_id,
            contact: self.contact_id,
            question: Question {
                kind: self.kind,
                subject: self.subject,
                acuity: self.acuity,
                open_duties: duties.into_exposed(),
            },
            opened_at: self.opened_at,
            withdrawn_at: self.withdrawn_at,
        })
    }
}

/// Opens a decision. Told twice it is one decision, as urgent as it was ever told; one that was withdrawn is open again.
pub(crate) async fn decision_open(tx: &mut Tx, scope: &ProgramScope, decision: &Decision) -> Result<(), StoreError> {
    let duties = Phi::new(decision.question.open_duties.clone());
    let duties = tx.keys().await?.seal(&place("open_duties", decision.id), &duties)?;
    sqlx::query(
        "insert into decision
             (program_id, decision_id, contact_id, kind, subject, acuity, open_duties, opened_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict on constraint decision_once do update
         set acuity = least(decision.acuity, excluded.acuity), withdrawn_at = null,
             opened_at = case when decision.withdrawn_at is null then decision.opened_at else excluded.opened_at end,
             paged_at = case when decision.withdrawn_at is null then decision.paged_at end
         where decision.decided_at is null",
    )
    .bind(scope.program())
    .bind(decision.id)
    .bind(decision.contact)
    .bind(decision.question.kind)
    .bind(&decision.question.subject)
    .bind(decision.question.acuity)
    .bind(duties)
    .bind(decision.opened_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Withdraws what was asked about one subject of a chain.
pub(crate) async fn decision_settle(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    kind: DecisionKind,
    subject: impl Display,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "update decision set withdrawn_at = $5
         where program_id = $1 and contact_id = $2 and kind = $3 and subject = $4
           and decided_at is null and withdrawn_at is null",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(kind)
    .bind(subject.to_string())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Withdraws what is open of these kinds in a chain.
pub(crate) async fn decision_withdraw(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    kinds: &[DecisionKind],
    now: Timestamp,
) -> Result<(), StoreError> {
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    sqlx::query(
        "update decision set withdrawn_at = $4
         where program_id = $1 and contact_id = $2 and kind = any($3) and decided_at is null and withdrawn_at is null",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(kinds)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether something of this kind waits for a supervisor in a chain.
pub(crate) async fn decision_is_open(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    kind: DecisionKind,
) -> Result<bool, StoreError> {
    let open = sqlx::query_scalar(
        "select exists (select 1 from decision where program_id = $1 and contact_id = $2 and kind = $3
                                                     and decided_at is null and withdrawn_at is null)",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(kind)
    .fetch_one(tx.conn())
    .await?;
    Ok(open)
}

/// One decision of the program.
pub(crate) async fn decision_find(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    id: DecisionId,
) -> Result<Option<Decision>, StoreError> {
    let row: Option<DecisionRow> = sqlx::query_as("select * from decision where program_id = $1 and decision_id = $2")
        .bind(scope.program())
        .bind(id)
        .fetch_optional(reader)
        .await?;
    row.map(|row| row.open(keys)).transpose()
}

/// One decision, which nobody else changes until the transaction ends.
pub(crate) async fn decision_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: DecisionId,
) -> Result<Option<Decision>, StoreError> {
    sqlx::query("select 1 from decision where program_id = $1 and decision_id = $2 for no key update")
        .bind(scope.program())
        .bind(id)
        .execute(tx.conn())
        .await?;
    let keys = tx.keys().await?;
    decision_find(tx.conn(), &keys, scope, id).await
}

/// The program's decisions after one, oldest first.
pub(crate) async fn decision_list(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    open_only: bool,
    after: Option<DecisionId>,
    most: i64,
) -> Result<Vec<Decision>, StoreError> {
    let rows: Vec<DecisionRow> = sqlx::query_as(
        "select * from decision
         where program_id = $1 and ($2::uuid is null or decision_id > $2)
           and (not $3 or (decided_at is null and withdrawn_at is null))
         order by decision_id limit $4",
    )
    .bind(scope.program())
    .bind(after)
    .bind(open_only)
    .bind(most)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(|row| row.open(keys)).collect()
}

/// Writes the verdict.
pub(crate) async fn decision_save(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: DecisionId,
    made: &Made,
) -> Result<(), StoreError> {
    let reason = tx.keys().await?.seal(&place("reason", id), &made.reason)?;
    sqlx::query(
        "update decision set verdict = $3, decided_by_id = $4, decided_by_name = $5, decided_at = $6, reason = $7
         where program_id = $1 and decision_id = $2",
    )
    .bind(scope.program())
    .bind(id)
    .bind(made.verdict)
    .bind(&made.by.id)
    .bind(&made.by.name)
    .bind(made.at)
    .bind(reason)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What waits for decisions of one kind.
#[derive(FromRow)]
pub(crate) struct ToDecide {
    #[sqlx(try_from = "i64")]
    pub(crate) open: u32,
    /// Of these, about how many nobody was paged yet.
    pub(crate) unpaged: i64,
    /// When somebody was paged last about any of these.
    pub(crate) paged_at: Option<Timestamp>,
    pub(crate) oldest_at: Timestamp,
    pub(crate) newest: DecisionId,
    /// The most urgent one's, of these the oldest.
    pub(crate) contact: ContactId,
    pub(crate) acuity: Acuity,
}

/// What waits for decisions of one kind; none when nothing does.
pub(crate) async fn decisions_to_make(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    kind: DecisionKind,
) -> Result<Option<ToDecide>, StoreError> {
    let waiting = sqlx::query_as(
        "select count(*) over () as open, count(*) filter (where paged_at is null) over () as unpaged,
                max(paged_at) over () as paged_at, min(opened_at) over () as oldest_at,
                first_value(decision_id) over (order by decision_id desc) as newest, contact_id as contact, acuity
         from decision where program_id = $1 and kind = $2 and decided_at is null and withdrawn_at is null
         order by acuity, decision_id limit 1",
    )
    .bind(scope.program())
    .bind(kind)
    .fetch_optional(reader)
    .await?;
    Ok(waiting)
}

/// The contacts that are to be decided about because their callers broke off, and that triage has not assessed: at most
/// twenty, the oldest first.
pub(crate) async fn decisions_unassessed(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
) -> Result<Vec<ContactId>, StoreError> {
    let contacts = sqlx::query_scalar(
        "select c.contact_id from decision d
         join contact c on c.program_id = d.program_id and d.contact_id in (c.contact_id, c.origin_contact_id)
           and c.contact_id::text = d.subject
         where d.program_id = $1 and d.kind = 'broken_off' and d.decided_at is null and d.withdrawn_at is null
           and d.paged_at is null and c.assessment_id is null
         order by d.decision_id limit 20",
    )
    .bind(scope.program())
    .fetch_all(reader)
    .await?;
    Ok(contacts)
}

/// Notes that somebody was paged about the decisions of one kind, up to the newest that the page knew.
pub(crate) async fn decisions_paged(
    tx: &mut Tx,
    scope: &ProgramScope,
    kind: DecisionKind,
    newest: DecisionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "update decision set paged_at = $4
         where program_id = $1 and kind = $2 and decision_id <= $3 and decided_at is null and withdrawn_at is null",
    )
    .bind(scope.program())
    .bind(kind)
    .bind(newest)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}
