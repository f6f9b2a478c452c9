//! Administrations of the ASQ.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, Sealed};
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, PersonId, Phi, ScreeningId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::asq::{Answer, Answers, AsqResult};

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

/// What is sealed of an administration.
#[derive(Serialize, Deserialize)]
struct Given {
    wished_dead: Option<Answer>,
    better_off_dead: Option<Answer>,
    thoughts_past_week: Option<Answer>,
    ever_tried: Option<Answer>,
    thoughts_now: Option<Answer>,
    /// None when a self-screening gives no result.
    result: Option<AsqResult>,
}

fn place(id: ScreeningId) -> Place {
    Place::new("screening", "given", id)
}

/// Keeps an administration.
pub(crate) async fn screening_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    screening: &Screening,
) -> Result<(), StoreError> {
    let answers = &screening.answers;
    let given = Given {
        wished_dead: answers.wished_dead,
        better_off_dead: answers.better_off_dead,
        thoughts_past_week: answers.thoughts_past_week,
        ever_tried: answers.ever_tried,
        thoughts_now: answers.thoughts_now,
        result: screening.result,
    };
    let given = tx.keys().await?.seal(&place(screening.id), &Phi::new(given))?;
    sqlx::query(
        "insert into screening (program_id, screening_id, contact_id, administered, administered_by, given,
                                administered_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(scope.program())
    .bind(screening.id)
    .bind(screening.contact)
    .bind(if screening.by.is_some() { "counselor" } else { "self" })
    .bind(&screening.by)
    .bind(given)
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
    let newest: Option<(ScreeningId, Sealed)> = sqlx::query_as(
        "select screening_id, given from screening
         where program_id = $1 and contact_id = $2 and administered = 'self'
         order by screening_id desc limit 1",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_optional(tx.conn())
    .await?;
    let Some((id, sealed)) = newest else { return Ok(false) };
    let given: Given = tx.keys().await?.open(&place(id), &sealed)?.into_exposed();
    let known = Answers {
        wished_dead: given.wished_dead,
        better_off_dead: given.better_off_dead,
        thoughts_past_week: given.thoughts_past_week,
        ever_tried: given.ever_tried,
        thoughts_now: given.thoughts_now,
    };
    Ok(known == *answers)
}
