//! When participants harmed themselves last: as somebody has noted, or as it was stated in a contact.

use chrono::TimeDelta;
use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, ParticipantId, Phi, Signal, Timestamp};
use sqlx::{Executor, FromRow, Postgres};

use super::stated::{self, contact_place, statement_place};
use crate::error::IntakeError;

/// What is further back counts for no rule.
const WITHIN: TimeDelta = TimeDelta::hours(168);

fn place(id: ParticipantId) -> Place {
    Place::new("participant", "last_self_harm", id)
}

/// Notes it; answers the latest time that was noted.
pub(crate) async fn self_harm_record(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ParticipantId,
    happened_at: Timestamp,
) -> Result<Timestamp, IntakeError> {
    let keys = tx.keys().await?;
    let noted: Option<Option<Sealed>> = sqlx::query_scalar(
        "select last_self_harm from participant where program_id = $1 and participant_id = $2 for no key update",
    )
    .bind(scope.program())
    .bind(id)
    .fetch_optional(tx.conn())
    .await
    .map_err(StoreError::from)?;
    let noted =
        noted.ok_or(IntakeError::ParticipantNotFound(id))?.map(|sealed| open(&keys, id, &sealed)).transpose()?;
    let last = noted.map_or(happened_at, |noted| noted.max(happened_at));
    sqlx::query("update participant set last_self_harm = $3 where program_id = $1 and participant_id = $2")
        .bind(scope.program())
        .bind(id)
        .bind(keys.seal(&place(id), &Phi::new(last)).map_err(StoreError::from)?)
        .execute(tx.conn())
        .await
        .map_err(StoreError::from)?;
    Ok(last)
}

fn open(keys: &ProgramKeys, id: ParticipantId, sealed: &Sealed) -> Result<Timestamp, StoreError> {
    Ok(keys.open(&place(id), sealed)?.into_exposed())
}

/// Something that may tell of self-harm: what was noted, or what was stated in a contact.
#[derive(FromRow)]
struct Sign {
    noted: Option<Sealed>,
    contact_id: Option<ContactId>,
    /// Which of the statements in the contact; none for its opening.
    number: Option<i32>,
    stated: Option<Sealed>,
    stated_at: Option<Timestamp>,
}

impl Sign {
    fn self_harm(self, keys: &ProgramKeys, id: ParticipantId) -> Result<Option<Timestamp>, StoreError> {
        if let Some(noted) = self.noted {
            return open(keys, id, &noted).map(Some);
        }
        let (Some(contact), Some(sealed)) = (self.contact_id, self.stated) else { return Ok(None) };
        let place = self.number.map_or_else(|| contact_place(contact), |number| statement_place(contact, number));
        let signals = stated::open(keys, &place, &sealed)?.signals;
        let tells = signals.iter().any(|signal| matches!(signal, Signal::AttemptInProgress | Signal::Overdose));
        Ok(self.stated_at.filter(|_| tells))
    }
}

/// When the participant harmed themselves last, within a week.
pub(crate) async fn self_harm_last(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    id: ParticipantId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let signs: Vec<Sign> = sqlx::query_as(
        "select last_self_harm as noted, null::uuid as contact_id, null::int as number, null::bytea as stated,
                null::timestamptz as stated_at
         from participant where program_id = $1 and participant_id = $2 and last_self_harm is not null
         union all
         select null, contact_id, null, stated, opened_at from contact
         where program_id = $1 and participant_id = $2 and direction = 'inbound' and opened_at > $3
         union all
         select null, statement.contact_id, number, statement.stated, stated_at
         from contact join statement using (program_id, contact_id)
         where contact.program_id = $1 and participant_id = $2 and stated_at > $3",
    )
    .bind(scope.program())
    .bind(id)
    .bind(now - WITHIN)
    .fetch_all(reader)
    .await?;
    let mut last = None;
    for sign in signs {
        last = last.max(sign.self_harm(keys, id)?);
    }
    Ok(last)
}
