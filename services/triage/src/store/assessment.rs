//! What was concluded, in order.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Acuity, AssessmentId, Channel, ClosingDuty, ContactId, CounselorKind, Need, Timestamp};
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
    reasons: Vec<String>,
    channel: Channel,
    at_least: Option<CounselorKind>,
    language: String,
    jurisdiction: Option<String>,
    skills: Vec<String>,
    closing_duties: Vec<ClosingDuty>,
    protocol: String,
    assessed_at: Timestamp,
}

impl From<Row> for Assessment {
    fn from(row: Row) -> Self {
        let need = Need {
            channel: row.channel,
            at_least: row.at_least,
            language: row.language,
            jurisdiction: row.jurisdiction,
            skills: row.skills,
        };
        let conclusion = Conclusion {
            acuity: row.acuity,
            reasons: row.reasons,
            need,
            closing_duties: row.closing_duties,
            protocol: row.protocol,
        };
        Self { id: row.assessment_id, contact: row.contact_id, sequence: row.sequence, conclusion, at: row.assessed_at }
    }
}

/// Appends an assessment, with the judgment that made it if one did.
pub(crate) async fn assessment_append(
    tx: &mut Tx,
    scope: &ProgramScope,
    assessment: &Assessment,
    judgment: Option<&Judgment>,
) -> Result<(), StoreError> {
    let (conclusion, need) = (&assessment.conclusion, &assessment.conclusion.need);
    sqlx::query(
        "insert into assessment (program_id, contact_id, sequence, assessment_id, acuity, reasons, channel, at_least,
                                 language, jurisdiction, skills, closing_duties, protocol, assessed_at,
                                 judged_by, judged_acuity, judgment_reason, second_person_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(scope.program())
    .bind(assessment.contact)
    .bind(assessment.sequence)
    .bind(assessment.id)
    .bind(conclusion.acuity)
    .bind(&conclusion.reasons)
    .bind(need.channel)
    .bind(need.at_least)
    .bind(&need.language)
    .bind(&need.jurisdiction)
    .bind(&need.skills)
    .bind(&conclusion.closing_duties)
    .bind(&conclusion.protocol)
    .bind(assessment.at)
    .bind(judgment.map(|judgment| &judgment.by))
    .bind(judgment.map(|judgment| judgment.acuity))
    .bind(judgment.and_then(|judgment| judgment.reason.as_ref()).map(|reason| reason.expose()))
    .bind(judgment.and_then(|judgment| judgment.second.as_ref()))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A contact's newest assessment.
pub(crate) async fn assessment_newest(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Assessment>, StoreError> {
    newest(store.reader(scope), scope, contact).await
}

/// A contact's newest assessment, as this transaction sees it.
pub(crate) async fn assessment_newest_in(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Assessment>, StoreError> {
    newest(tx.conn(), scope, contact).await
}

async fn newest(
    from: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Option<Assessment>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select assessment_id, contact_id, sequence, acuity, reasons, channel, at_least, language, jurisdiction, skills,
                closing_duties, protocol, assessed_at
         from assessment where program_id = $1 and contact_id = $2 order by sequence desc limit 1",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_optional(from)
    .await?;
    Ok(row.map(Assessment::from))
}
