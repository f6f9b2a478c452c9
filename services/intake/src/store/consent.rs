//! Consents. Names and descriptions are sealed in one column; what decisions sort by is not.

use harborline_disclosure::{
    Confirmation, Consent, ConsentRecipient, DataClass, Expiry, Purpose, Relationship, Signature, Signed,
};
use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{StoreError, Tx};
use harborline_types::{ConsentId, FacilityId, ParticipantId, Person, PersonId, Phi, Timestamp, text_enum};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Executor, FromRow, Postgres};

use super::program::person;

/// A participant has so few that this is all of them.
const MOST: i64 = 500;

#[derive(FromRow)]
struct ConsentRow {
    consent_id: ConsentId,
    participant_id: ParticipantId,
    data_classes: Vec<DataClass>,
    purposes: Vec<Purpose>,
    terms: Sealed,
    ends_with: EndsWith,
    expires_at: Option<Timestamp>,
    expired_at: Option<Timestamp>,
    signed_how: Signed,
    signed_at: Timestamp,
    revocation_right_told: bool,
    redisclosure_told: bool,
    recorded_by_id: PersonId,
    recorded_by_name: String,
    recorded_at: Timestamp,
    revoked_at: Option<Timestamp>,
    confirmed_at: Option<Timestamp>,
    confirmed_by_id: Option<PersonId>,
    confirmed_by_name: Option<String>,
    /// It was signed before the participant revoked another, and put on record after that.
    is_in_doubt: bool,
}

/// The columns of a consent, and whether a revocation leaves it in doubt. What ended with its event was not revoked.
const CONSENT: &str = "select consent.*, exists (
        select 1 from consent revoked
        where revoked.program_id = consent.program_id and revoked.participant_id = consent.participant_id
          and revoked.revoked_at >= consent.signed_at and revoked.revoked_at <= consent.recorded_at
          and revoked.consent_id <> consent.consent_id) as is_in_doubt
    from consent";

text_enum! {
    /// With what a consent ends.
    pub enum EndsWith {
        /// A date.
        Date = "date",
        /// An event.
        Event = "event",
        /// Nothing but its revocation.
        Nothing = "nothing",
    }
}

/// The sealed part.
#[derive(Serialize, Deserialize)]
struct Terms {
    disclosers: Vec<String>,
    description: String,
    recipients: Vec<RecipientTerms>,
    /// With which event it ends.
    #[serde(default)]
    event: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RecipientTerms {
    Facility(FacilityId),
    Person { name: String, relationship: String },
    TreatmentPaymentOperations,
    Intermediary { name: String },
}

impl Terms {
    fn of(consent: &Consent) -> Phi<Self> {
        let recipients = consent.recipients.iter().map(|recipient| match recipient {
            ConsentRecipient::Facility(id) => RecipientTerms::Facility(*id),
            ConsentRecipient::Person { name, relationship } => {
                RecipientTerms::Person { name: name.expose().clone(), relationship: relationship.to_string() }
            }
            ConsentRecipient::TreatmentPaymentOperations => RecipientTerms::TreatmentPaymentOperations,
            ConsentRecipient::Intermediary { name } => RecipientTerms::Intermediary { name: name.expose().clone() },
        });
        Phi::new(Self {
            disclosers: consent.disclosers.clone(),
            description: consent.description.expose().clone(),
            recipients: recipients.collect(),
            event: match &consent.expiry {
                Expiry::With { event, .. } => Some(event.expose().clone()),
                Expiry::On(_) | Expiry::Nothing => None,
            },
        })
    }
}

fn recipient(terms: RecipientTerms) -> Result<ConsentRecipient, StoreError> {
    let unknown = |_| StoreError::Fault("a relationship that is none".to_owned());
    Ok(match terms {
        RecipientTerms::Facility(id) => ConsentRecipient::Facility(id),
        RecipientTerms::Person { name, relationship } => {
            let relationship: Relationship = relationship.parse().map_err(unknown)?;
            ConsentRecipient::Person { name: name.into(), relationship }
        }
        RecipientTerms::TreatmentPaymentOperations => ConsentRecipient::TreatmentPaymentOperations,
        RecipientTerms::Intermediary { name } => ConsentRecipient::Intermediary { name: name.into() },
    })
}

fn place(id: ConsentId) -> Place {
    Place::new("consent", "terms", id)
}

impl ConsentRow {
    fn expiry(&self, event: Option<String>) -> Result<Expiry, StoreError> {
        let torn = || StoreError::Fault("a consent that ends with nothing that is on record".to_owned());
        Ok(match self.ends_with {
            EndsWith::Date => Expiry::On(self.expires_at.ok_or_else(torn)?),
            EndsWith::Event => Expiry::With { event: event.ok_or_else(torn)?.into(), since: self.expired_at },
            EndsWith::Nothing => Expiry::Nothing,
        })
    }

    fn confirmation(&mut self) -> Confirmation {
        let by = person(self.confirmed_by_id.take(), self.confirmed_by_name.take());
        match by.zip(self.confirmed_at) {
            Some((by, at)) => Confirmation::Given { by, at },
            // What has ended permits nothing, and there is nothing to confirm.
            None if self.is_in_doubt && self.revoked_at.is_none() && self.expired_at.is_none() => Confirmation::Awaited,
            None => Confirmation::NotNeeded,
        }
    }

    fn into_record(mut self, keys: &ProgramKeys) -> Result<ConsentRecord, StoreError> {
        let Terms { disclosers, description, recipients, event } =
            keys.open(&place(self.consent_id), &self.terms)?.into_exposed();
        let (expiry, confirmation) = (self.expiry(event)?, self.confirmation());
        let recorded_by = Person { id: self.recorded_by_id, name: self.recorded_by_name };
        let consent = Consent {
            id: self.consent_id,
            participant: self.participant_id,
            disclosers,
            description: description.into(),
            classes: self.data_classes,
            recipients: recipients.into_iter().map(recipient).collect::<Result<_, _>>()?,
            purposes: self.purposes,
            expiry,
            signature: Signature { how: self.signed_how, at: self.signed_at, recorded_by },
            revocation_right_told: self.revocation_right_told,
            redisclosure_told: self.redisclosure_told,
            revoked_at: self.revoked_at,
            confirmation,
        };
        Ok(ConsentRecord { consent, recorded_at: self.recorded_at })
    }
}

/// A consent on record.
pub(crate) struct ConsentRecord {
    pub(crate) consent: Consent,
    pub(crate) recorded_at: Timestamp,
}

/// Puts a consent on record.
pub(crate) async fn consent_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    ConsentRecord { consent, recorded_at }: &ConsentRecord,
) -> Result<(), StoreError> {
    let terms = tx.keys().await?.seal(&place(consent.id), &Terms::of(consent))?;
    let (ends_with, expires_at, expired_at) = match &consent.expiry {
        Expiry::On(instant) => (EndsWith::Date, Some(*instant), None),
        Expiry::With { since, .. } => (EndsWith::Event, None, *since),
        Expiry::Nothing => (EndsWith::Nothing, None, None),
    };
    sqlx::query(
        "insert into consent (program_id, consent_id, participant_id, data_classes, purposes, terms, ends_with, expires_at,
             expired_at, signed_how, signed_at, revocation_right_told, redisclosure_told, recorded_by_id,
             recorded_by_name, recorded_at, revoked_at, revoked_by_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(scope.program())
    .bind(consent.id)
    .bind(consent.participant)
    .bind(&consent.classes)
    .bind(&consent.purposes)
    .bind(terms)
    .bind(ends_with)
    .bind(expires_at)
    .bind(expired_at)
    .bind(consent.signature.how)
    .bind(consent.signature.at)
    .bind(consent.revocation_right_told)
    .bind(consent.redisclosure_told)
    .bind(&consent.signature.recorded_by.id)
    .bind(&consent.signature.recorded_by.name)
    .bind(recorded_at)
    .bind(consent.revoked_at)
    .bind(consent.revoked_at.map(|_| &consent.signature.recorded_by.id))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One consent of the program, which nobody else revokes until the transaction ends.
pub(crate) async fn consent_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ConsentId,
) -> Result<Option<ConsentRecord>, StoreError> {
    let query =
        format!("{CONSENT} where consent.program_id = $1 and consent.consent_id = $2 for no key update of consent");
    let row: Option<ConsentRow> =
        sqlx::query_as(AssertSqlSafe(query)).bind(scope.program()).bind(id).fetch_optional(tx.conn()).await?;
    let keys = tx.keys().await?;
    row.map(|row| row.into_record(&keys)).transpose()
}

/// Whose a consent is.
pub(crate) async fn consent_of(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ConsentId,
) -> Result<Option<ParticipantId>, StoreError> {
    let of = sqlx::query_scalar("select participant_id from consent where program_id = $1 and consent_id = $2")
        .bind(scope.program())
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    Ok(of)
}

/// When a participant last revoked a consent; none while they never did.
pub(crate) async fn consent_revoked_last(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: ParticipantId,
) -> Result<Option<Timestamp>, StoreError> {
    let last = sqlx::query_scalar("select max(revoked_at) from consent where program_id = $1 and participant_id = $2")
        .bind(scope.program())
        .bind(participant)
        .fetch_one(tx.conn())
        .await?;
    Ok(last)
}

/// When a consent was revoked; none while it is not, or does not exist.
pub(crate) async fn consent_revoked_at(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ConsentId,
) -> Result<Option<Timestamp>, StoreError> {
    let revoked: Option<Option<Timestamp>> =
        sqlx::query_scalar("select revoked_at from consent where program_id = $1 and consent_id = $2")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(reader)
            .await?;
    Ok(revoked.flatten())
}

/// Revokes a consent that is not revoked.
pub(crate) async fn consent_revoke(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ConsentId,
    by: &PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "update consent set revoked_at = $3, revoked_by_id = $4
         where program_id = $1 and consent_id = $2 and revoked_at is null",
    )
    .bind(scope.program())
    .bind(id)
    .bind(now)
    .bind(by)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The event with which a consent ends has come, unless it had before.
pub(crate) async fn consent_expire(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ConsentId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "update consent set expired_at = $3
         where program_id = $1 and consent_id = $2 and ends_with = 'event' and expired_at is null",
    )
    .bind(scope.program())
    .bind(id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The participant has confirmed a consent, unless they had before.
pub(crate) async fn consent_confirm(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ConsentId,
    by: &Person,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "update consent set confirmed_at = $3, confirmed_by_id = $4, confirmed_by_name = $5
         where program_id = $1 and consent_id = $2 and confirmed_at is null",
    )
    .bind(scope.program())
    .bind(id)
    .bind(now)
    .bind(&by.id)
    .bind(&by.name)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A participant's consents, the expired and the revoked ones included: the newest, oldest first.
pub(crate) async fn consent_list(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    participant: ParticipantId,
) -> Result<Vec<ConsentRecord>, StoreError> {
    let mut rows: Vec<ConsentRow> = sqlx::query_as(AssertSqlSafe(format!(
        "{CONSENT} where consent.program_id = $1 and consent.participant_id = $2
         order by consent.consent_id desc limit $3"
    )))
    .bind(scope.program())
    .bind(participant)
    .bind(MOST)
    .fetch_all(reader)
    .await?;
    rows.reverse();
    rows.into_iter().map(|row| row.into_record(keys)).collect()
}
