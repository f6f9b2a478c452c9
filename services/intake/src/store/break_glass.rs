//! Emergency access.

use harborline_disclosure::{Emergency, EmergencyKind};
use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::StoreError;
use harborline_types::{BreakGlassId, FacilityId, ParticipantId, Person, PersonId, Phi, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, FromRow, Postgres};

/// The four fields of 42 CFR 2.51, sealed; the facility is a column.
#[derive(Serialize, Deserialize)]
pub(super) struct EmergencyTerms {
    pub(super) recipient: String,
    pub(super) discloser_id: PersonId,
    pub(super) discloser_name: String,
    pub(super) occurred_at: Timestamp,
    pub(super) nature: String,
}

#[derive(FromRow)]
struct EmergencyRow {
    break_glass_id: BreakGlassId,
    participant_id: ParticipantId,
    reason: String,
    facility_id: FacilityId,
    emergency: Sealed,
    expires_at: Timestamp,
}

impl EmergencyRow {
    fn into_emergency(self, keys: &ProgramKeys) -> Result<Emergency, StoreError> {
        let place = Place::new("break_glass", "emergency", self.break_glass_id);
        let terms: Phi<EmergencyTerms> = keys.open(&place, &self.emergency)?;
        let EmergencyTerms { recipient, discloser_id, discloser_name, occurred_at, nature } = terms.into_exposed();
        let kind = if self.reason == "medical_emergency" { EmergencyKind::Medical } else { EmergencyKind::Threat };
        Ok(Emergency {
            id: self.break_glass_id,
            participant: self.participant_id,
            kind,
            recipient: recipient.into(),
            facility: self.facility_id,
            discloser: Person { id: discloser_id, name: discloser_name },
            at: occurred_at,
            nature: nature.into(),
            ends_at: self.expires_at,
        })
    }
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
    let rows: Vec<EmergencyRow> = sqlx::query_as(
        "select break_glass_id, participant_id, reason, facility_id, emergency, expires_at from break_glass
         where program_id = $1 and participant_id = $2 and facility_id = $3 and expires_at > $4 and ended_at is null
         order by break_glass_id",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(facility)
    .bind(now)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(|row| row.into_emergency(keys)).collect()
}
