//! Emergency access. Words and names of those who are told are sealed; what is counted and looked up by is not.

use harborline_disclosure::{DataClass, Emergency, EmergencyKind};
use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{StoreError, Tx};
use harborline_types::{BreakGlassId, FacilityId, ParticipantId, Person, PersonId, Phi, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, FromRow, Postgres};

use crate::domain::break_glass::{BreakGlass, BreakGlassFinding, BreakGlassReason, Review};

#[derive(FromRow)]
struct BreakGlassRow {
    break_glass_id: BreakGlassId,
    participant_id: ParticipantId,
    data_classes: Vec<DataClass>,
    reason: BreakGlassReason,
    taken_by_id: PersonId,
    taken_by_name: String,
    taken_at: Timestamp,
    expires_at: Timestamp,
    ended_at: Option<Timestamp>,
    explanation: Sealed,
    emergency: Option<Sealed>,
    reviewer_id: Option<PersonId>,
    reviewer_name: Option<String>,
    reviewed_at: Option<Timestamp>,
    finding: Option<BreakGlassFinding>,
    review_note: Option<Sealed>,
}

/// The four fields of 42 CFR 2.51, sealed. The column `facility_id` only finds them: the facility that counts is here.
#[derive(Serialize, Deserialize)]
struct EmergencyTerms {
    recipient: String,
    facility: FacilityId,
    discloser_id: PersonId,
    discloser_name: String,
    occurred_at: Timestamp,
    nature: String,
}

impl EmergencyTerms {
    fn of(emergency: &Emergency) -> Phi<Self> {
        Phi::new(Self {
            recipient: emergency.recipient.expose().clone(),
            facility: emergency.facility,
            discloser_id: emergency.discloser.id.clone(),
            discloser_name: emergency.discloser.name.clone(),
            occurred_at: emergency.at,
            nature: emergency.nature.expose().clone(),
        })
    }
}

fn place(column: &'static str, id: BreakGlassId) -> Place {
    Place::new("break_glass", column, id)
}

impl BreakGlassRow {
    fn emergency(&self, keys: &ProgramKeys) -> Result<Option<Emergency>, StoreError> {
        let Some(sealed) = &self.emergency else { return Ok(None) };
        let terms: Phi<EmergencyTerms> = keys.open(&place("emergency", self.break_glass_id), sealed)?;
        let terms = terms.into_exposed();
        let kind = match self.reason {
            BreakGlassReason::MedicalEmergency => EmergencyKind::Medical,
            BreakGlassReason::SeriousThreat | BreakGlassReason::CounselorUnreachable => EmergencyKind::Threat,
        };
        Ok(Some(Emergency {
            id: self.break_glass_id,
            participant: self.participant_id,
            kind,
            recipient: terms.recipient.into(),
            facility: terms.facility,
            discloser: Person { id: terms.discloser_id, name: terms.discloser_name },
            at: terms.occurred_at,
            nature: terms.nature.into(),
            ends_at: self.ended_at.unwrap_or(self.expires_at),
        }))
    }

    fn review(&mut self, keys: &ProgramKeys) -> Result<Option<Review>, StoreError> {
        let by = super::program::person(self.reviewer_id.take(), self.reviewer_name.take());
        let (Some(reviewer), Some(at), Some(finding), Some(note)) =
            (by, self.reviewed_at, self.finding, &self.review_note)
        else {
            return Ok(None);
        };
        let note = keys.open(&place("review_note", self.break_glass_id), note)?;
        Ok(Some(Review { reviewer, at, finding, note }))
    }

    fn into_break_glass(mut self, keys: &ProgramKeys) -> Result<BreakGlass, StoreError> {
        Ok(BreakGlass {
            emergency: self.emergency(keys)?,
            review: self.review(keys)?,
            id: self.break_glass_id,
            participant: self.participant_id,
            classes: self.data_classes,
            reason: self.reason,
            taken_by: Person { id: self.taken_by_id, name: self.taken_by_name },
            taken_at: self.taken_at,
            expires_at: self.expires_at,
            ended_at: self.ended_at,
            explanation: keys.open(&place("explanation", self.break_glass_id), &self.explanation)?,
        })
    }
}

/// Puts an emergency access on record.
pub(crate) async fn break_glass_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    access: &BreakGlass,
) -> Result<(), StoreError> {
    let keys = tx.keys().await?;
    let explanation = keys.seal(&place("explanation", access.id), &access.explanation)?;
    let terms = access.emergency.as_ref().map(EmergencyTerms::of);
    let emergency = terms.map(|terms| keys.seal(&place("emergency", access.id), &terms)).transpose()?;
    sqlx::query(
        "insert into break_glass (program_id, break_glass_id, participant_id, data_classes, reason, taken_by_id,
             taken_by_name, taken_at, expires_at, explanation, facility_id, emergency)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(scope.program())
    .bind(access.id)
    .bind(access.participant)
    .bind(&access.classes)
    .bind(access.reason)
    .bind(&access.taken_by.id)
    .bind(&access.taken_by.name)
    .bind(access.taken_at)
    .bind(access.expires_at)
    .bind(explanation)
    .bind(access.emergency.as_ref().map(|emergency| emergency.facility))
    .bind(emergency)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One emergency access of the program, which nobody else changes until the transaction ends.
pub(crate) async fn break_glass_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: BreakGlassId,
) -> Result<Option<BreakGlass>, StoreError> {
    let row: Option<BreakGlassRow> =
        sqlx::query_as("select * from break_glass where program_id = $1 and break_glass_id = $2 for no key update")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    let keys = tx.keys().await?;
    row.map(|row| row.into_break_glass(&keys)).transpose()
}

/// Writes its end and its review.
pub(crate) async fn break_glass_save(tx: &mut Tx, scope: &ProgramScope, access: &BreakGlass) -> Result<(), StoreError> {
    let review = access.review.as_ref();
    let keys = tx.keys().await?;
    let note = review.map(|review| keys.seal(&place("review_note", access.id), &review.note)).transpose()?;
    sqlx::query(
        "update break_glass set ended_at = $3, reviewer_id = $4, reviewer_name = $5, reviewed_at = $6, finding = $7,
             review_note = $8
         where program_id = $1 and break_glass_id = $2",
    )
    .bind(scope.program())
    .bind(access.id)
    .bind(access.ended_at)
    .bind(review.map(|review| review.reviewer.id.clone()))
    .bind(review.map(|review| review.reviewer.name.as_str()))
    .bind(review.map(|review| review.at))
    .bind(review.map(|review| review.finding))
    .bind(note)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The program's emergency accesses after one, oldest first.
pub(crate) async fn break_glass_list(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    unreviewed_only: bool,
    after: Option<BreakGlassId>,
    most: i64,
) -> Result<Vec<BreakGlass>, StoreError> {
    let rows: Vec<BreakGlassRow> = sqlx::query_as(
        "select * from break_glass
         where program_id = $1 and ($2::uuid is null or break_glass_id > $2) and (not $3 or reviewed_at is null)
         order by break_glass_id limit $4",
    )
    .bind(scope.program())
    .bind(after)
    .bind(unreviewed_only)
    .bind(most)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(|row| row.into_break_glass(keys)).collect()
}

/// Whether an access is still to be reviewed; none when it does not exist.
pub(crate) async fn break_glass_is_unreviewed(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: BreakGlassId,
) -> Result<Option<bool>, StoreError> {
    let unreviewed =
        sqlx::query_scalar("select reviewed_at is null from break_glass where program_id = $1 and break_glass_id = $2")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(reader)
            .await?;
    Ok(unreviewed)
}

/// The emergency access of this person to the participant's record, if one lasts that covers more than the program's own
/// workings.
pub(crate) async fn break_glass_lasts(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    participant: ParticipantId,
    taken_by: &PersonId,
    now: Timestamp,
) -> Result<Option<BreakGlassId>, StoreError> {
    let lasts = sqlx::query_scalar(
        "select break_glass_id from break_glass
         where program_id = $1 and participant_id = $2 and taken_by_id = $3 and taken_at <= $4 and expires_at > $4
           and ended_at is null and data_classes && array['general_phi', 'part2_sud']
         order by break_glass_id limit 1",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(taken_by)
    .bind(now)
    .fetch_optional(reader)
    .await?;
    Ok(lasts)
}

/// The emergencies of a participant that are on record with this facility, and last.
pub(crate) async fn emergencies_lasting(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    participant: ParticipantId,
    facility: FacilityId,
    now: Timestamp,
) -> Result<Vec<Emergency>, StoreError> {
    let rows: Vec<BreakGlassRow> = sqlx::query_as(
        "select * from break_glass
         where program_id = $1 and participant_id = $2 and facility_id = $3 and expires_at > $4 and ended_at is null
         order by break_glass_id",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(facility)
    .bind(now)
    .fetch_all(reader)
    .await?;
    let emergencies: Vec<_> = rows.into_iter().map(|row| row.emergency(keys)).collect::<Result<_, _>>()?;
    Ok(emergencies.into_iter().flatten().collect())
}
