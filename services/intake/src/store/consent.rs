//! Consents. Names and descriptions are sealed in one column; what decisions sort by is not.

use harborline_disclosure::{Consent, ConsentRecipient, DataClass, Purpose, Relationship, Signature, Signed};
use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{StoreError, Tx};
use harborline_types::{ConsentId, FacilityId, ParticipantId, Person, PersonId, Phi, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, FromRow, Postgres};

/// A participant has so few that this is all of them.
const MOST: i64 = 500;

#[derive(FromRow)]
struct ConsentRow {
    consent_id: ConsentId,
    participant_id: ParticipantId,
    data_classes: Vec<DataClass>,
    purposes: Vec<Purpose>,
    terms: Sealed,
    expires_at: Timestamp,
    signed_how: Signed,
    signed_at: Timestamp,
    revocation_right_told: bool,
    redisclosure_told: bool,
    recorded_by_id: PersonId,
    recorded_by_name: String,
    recorded_at: Timestamp,
    revoked_at: Option<Timestamp>,
}

/// The sealed part.
#[derive(Serialize, Deserialize)]
struct Terms {
    disclosers: Vec<String>,
    description: String,
    recipients: Vec<RecipientTerms>,
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
    fn into_record(self, keys: &ProgramKeys) -> Result<ConsentRecord, StoreError> {
        let Terms { disclosers, description, recipients } =
            keys.open(&place(self.consent_id), &self.terms)?.into_exposed();
        let recorded_by = Person { id: self.recorded_by_id, name: self.recorded_by_name };
        let consent = Consent {
            id: self.consent_id,
            participant: self.participant_id,
            disclosers,
            description: description.into(),
            classes: self.data_classes,
            recipients: recipients.into_iter().map(recipient).collect::<Result<_, _>>()?,
            purposes: self.purposes,
            expires_at: self.expires_at,
            signature: Signature { how: self.signed_how, at: self.signed_at, recorded_by },
            revocation_right_told: self.revocation_right_told,
            redisclosure_told: self.redisclosure_told,
            revoked_at: self.revoked_at,
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
    sqlx::query(
        "insert into consent (program_id, consent_id, participant_id, data_classes, purposes, terms, expires_at,
             signed_how, signed_at, revocation_right_told, redisclosure_told, recorded_by_id, recorded_by_name,
             recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(scope.program())
    .bind(consent.id)
    .bind(consent.participant)
    .bind(&consent.classes)
    .bind(&consent.purposes)
    .bind(terms)
    .bind(consent.expires_at)
    .bind(consent.signature.how)
    .bind(consent.signature.at)
    .bind(consent.revocation_right_told)
    .bind(consent.redisclosure_told)
    .bind(&consent.signature.recorded_by.id)
    .bind(&consent.signature.recorded_by.name)
    .bind(recorded_at)
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
    let row: Option<ConsentRow> =
        sqlx::query_as("select * from consent where program_id = $1 and consent_id = $2 for no key update")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    let keys = tx.keys().await?;
    row.map(|row| row.into_record(&keys)).transpose()
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

/// A participant's consents, the expired and the revoked ones included: the newest, oldest first.
pub(crate) async fn consent_list(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    participant: ParticipantId,
) -> Result<Vec<ConsentRecord>, StoreError> {
    let mut rows: Vec<ConsentRow> = sqlx::query_as(
        "select * from consent where program_id = $1 and participant_id = $2 order by consent_id desc limit $3",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(MOST)
    .fetch_all(reader)
    .await?;
    rows.reverse();
    rows.into_iter().map(|row| row.into_record(keys)).collect()
}
