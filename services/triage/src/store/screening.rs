//! Administrations of the ASQ.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, PersonId, ScreeningId, Timestamp};

use crate::domain::asq::{Answers, AsqResult};

/// One administration.
pub(crate) struct Screening {
    pub(crate) id: ScreeningId,
    pub(crate) contact: ContactId,
    pub(crate) answers: Answers,
    pub(crate) result: Option<AsqResult>,
    /// The counselor who asked; `None` when the caller answered alone.
    pub(crate) by: Option<PersonId>,
    pub(crate) at: Timestamp,
}

/// Keeps an administration.
pub(crate) async fn screening_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    screening: &Screening,
) -> Result<(), StoreError> {
    let answers = &screening.answers;
    sqlx::query(
        "insert into screening (program_id, screening_id, contact_id, administered, administered_by, wished_dead,
                                better_off_dead, thoughts_past_week, ever_tried, thoughts_now, result, administered_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(scope.program())
    .bind(screening.id)
    .bind(screening.contact)
    .bind(if screening.by.is_some() { "counselor" } else { "self" })
    .bind(&screening.by)
    .bind(answers.wished_dead)
    .bind(answers.better_off_dead)
    .bind(answers.thoughts_past_week)
    .bind(answers.ever_tried)
    .bind(answers.thoughts_now)
    .bind(screening.result)
    .bind(screening.at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether the caller's newest own answers are these.
pub(crate) async fn self_screening_is_known(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    answers: &Answers,
) -> Result<bool, StoreError> {
    let known: Option<bool> = sqlx::query_scalar(
        "select row(wished_dead, better_off_dead, thoughts_past_week, ever_tried, thoughts_now)
                    is not distinct from row($3::text, $4::text, $5::text, $6::text, $7::text)
         from screening where program_id = $1 and contact_id = $2 and administered = 'self'
         order by screening_id desc limit 1",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(answers.wished_dead)
    .bind(answers.better_off_dead)
    .bind(answers.thoughts_past_week)
    .bind(answers.ever_tried)
    .bind(answers.thoughts_now)
    .fetch_optional(tx.conn())
    .await?;
    Ok(known.unwrap_or(false))
}
