//! Decisions about telling somebody's family.

use harborline_disclosure::{FamilyDecision, FamilyQuestion};
use harborline_identity::ProgramScope;
use harborline_keys::Place;
use harborline_store::{StoreError, Tx};
use harborline_types::{ConsentId, ContactId, ParticipantId, Person, Phi, Timestamp};
use sqlx::types::Uuid;

/// Who asked whom about whom.
pub(crate) struct FamilyAsking {
    pub(crate) id: Uuid,
    pub(crate) contact: ContactId,
    pub(crate) participant: Option<ParticipantId>,
    /// Who asked, by name.
    pub(crate) asker: Phi<String>,
    pub(crate) decided_by: Person,
    pub(crate) decided_at: Timestamp,
}

/// Puts a decision on record: never what was said.
pub(crate) async fn family_decision_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    asking: &FamilyAsking,
    question: &FamilyQuestion<'_>,
    decision: &FamilyDecision,
    consent: Option<ConsentId>,
) -> Result<(), StoreError> {
    let asker = tx.keys().await?.seal(&Place::new("family_decision", "asker", asking.id), &asking.asker)?;
    sqlx::query(
        "insert into family_decision (program_id, decision_id, contact_id, participant_id, asker, relationship,
             is_verified, represents, participant_state, preference, threat, in_best_interest, asked_classes, outcome,
             extent, shared_classes, basis, duties, consent_id, decided_by_id, decided_by_name, decided_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
    )
    .bind(scope.program())
    .bind(asking.id)
    .bind(asking.contact)
    .bind(asking.participant)
    .bind(asker)
    .bind(question.relationship)
    .bind(question.is_verified)
    .bind(question.represents)
    .bind(question.state)
    .bind(question.preference)
    .bind(question.threat)
    .bind(question.in_best_interest)
    .bind(question.classes)
    .bind(decision.outcome)
    .bind(decision.extent)
    .bind(&decision.classes)
    .bind(decision.basis)
    .bind(decision.duties)
    .bind(consent)
    .bind(&asking.decided_by.id)
    .bind(&asking.decided_by.name)
    .bind(asking.decided_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}
