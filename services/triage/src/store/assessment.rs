//! What was concluded, in order.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{
    Acuity, AssessmentId, Channel, ClosingDuty, ContactId, CounselorKind, LoweringId, Need, Phi, Skill, SkillLevels,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{Executor, Postgres};

use crate::domain::acuity_rule::Judgment;
use crate::domain::assessment::Assessment;
use crate::domain::known::Conclusion;

#[derive(sqlx::FromRow)]
struct Row {
    assessment_id: AssessmentId,
    contact_id: ContactId,
    sequence: i64,
    acuity: Acuity,
    sealed: Sealed,
    channel: Channel,
    at_least: Option<CounselorKind>,
    language: String,
    jurisdiction: Option<String>,
    skills: Vec<String>,
    skill_levels: Json<SkillLevels>,
    protocol: String,
    assessed_at: Timestamp,
}

/// What is sealed of a conclusion: why, what must be done, and why somebody judged so.
#[derive(Serialize, Deserialize)]
struct Sealing {
    reasons: Vec<String>,
    closing_duties: Vec<ClosingDuty>,
    judgment_reason: Option<String>,
}

fn place(id: AssessmentId) -> Place {
    Place::new("assessment", "sealed", id)
}

impl Row {
    fn open(self, keys: &ProgramKeys) -> Result<Assessment, StoreError> {
        let row = self;
        let sealed: Sealing = keys.open(&place(row.assessment_id), &row.sealed)?.into_exposed();
        let need = Need {
            channel: row.channel,
            at_least: row.at_least,
            language: row.language,
            jurisdiction: row.jurisdiction,
            skills: Skill::stored(row.skills, &row.skill_levels),
        };
        let conclusion = Conclusion {
            acuity: row.acuity,
            reasons: sealed.reasons,
            need,
            closing_duties: sealed.closing_duties,
            protocol: row.protocol,
        };
        let (id, contact) = (row.assessment_id, row.contact_id);
        Ok(Assessment { id, contact, sequence: row.sequence, conclusion, at: row.assessed_at })
    }
}

/// Appends an assessment, with the judgment that made it if one did. Ends the lowering that waited, in the name of the
/// second person where the judgment has one, and says which it was.
pub(crate) async fn assessment_append(
    tx: &mut Tx,
    scope: &ProgramScope,
    assessment: &Assessment,
    judgment: Option<&Judgment>,
) -> Result<Option<LoweringId>, StoreError> {
    let (conclusion, need) = (&assessment.conclusion, &assessment.conclusion.need);
    let judgment_reason = judgment.and_then(|judgment| judgment.reason.as_ref());
    let sealing = Sealing {
        reasons: conclusion.reasons.clone(),
        closing_duties: conclusion.closing_duties.clone(),
        judgment_reason: judgment_reason.map(|reason| reason.expose().clone()),
    };
    let sealed = tx.keys().await?.seal(&place(assessment.id), &Phi::new(sealing))?;
    let ended = sqlx::query_scalar(
        "with appended as (
             insert into assessment (program_id, contact_id, sequence, assessment_id, acuity, sealed, channel, at_least,
                                     language, jurisdiction, skills, protocol, assessed_at, judged_by, judged_acuity,
                                     second_person_id, skill_levels)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         )
         update lowering set ended_at = $13, confirmed_by_id = $16
         where program_id = $1 and contact_id = $2 and ended_at is null returning lowering_id",
    )
    .bind(scope.program())
    .bind(assessment.contact)
    .bind(assessment.sequence)
    .bind(assessment.id)
    .bind(conclusion.acuity)
    .bind(sealed)
    .bind(need.channel)
    .bind(need.at_least)
    .bind(&need.language)
    .bind(&need.jurisdiction)
    .bind(Skill::names(&need.skills))
    .bind(&conclusion.protocol)
    .bind(assessment.at)
    .bind(judgment.map(|judgment| &judgment.by))
    .bind(judgment.map(|judgment| judgment.acuity))
    .bind(judgment.and_then(|judgment| judgment.second.as_ref()))
    .bind(Json(Skill::levels(&need.skills)))
    .fetch_optional(tx.conn())
    .await?;
    Ok(ended)
}

/// A contact's newest assessment.
pub(crate) async fn assessment_newest(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Assessment>, StoreError> {
    let keys = store.keys(scope).await?;
    newest(&keys, store.reader(scope), scope, contact).await
}

/// A contact's newest assessment, as this transaction sees it.
pub(crate) async fn assessment_newest_in(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Assessment>, StoreError> {
    let keys = tx.keys().await?;
    newest(&keys, tx.conn(), scope, contact).await
}

async fn newest(
    keys: &ProgramKeys,
    from: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Assessment>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select assessment_id, contact_id, sequence, acuity, sealed, channel, at_least, language, jurisdiction, skills,
                skill_levels, protocol, assessed_at
         from assessment where program_id = $1 and contact_id = $2 order by sequence desc limit 1",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_optional(from)
    .await?;
    row.map(|row| row.open(keys)).transpose()
}
