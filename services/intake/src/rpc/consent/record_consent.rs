//! Puts a consent on record.

use harborline_disclosure::Consent;
use harborline_identity::{Call, Facts, ProgramScope, Subject};
use harborline_proto::intake::v1::{RecordConsentRequest, RecordConsentResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, Tx};
use harborline_types::{ConsentId, ParticipantId, Person, RequestId, Timestamp};
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::store::{self, ConsentRecord};
use crate::wire;

/// Asks the policy whether the caller keeps this participant's consents.
pub(super) fn permit_keeping(call: &Call, participant: ParticipantId) -> Result<(), ServiceError> {
    let is_own = call.person()?.own_participant() == Some(participant);
    call.permit(&Facts { is_own, ..Facts::default() })
}

/// Reads which consent a caller means.
pub(super) fn which(request_id: &str, consent_id: &str) -> Result<(RequestId, ConsentId), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(request_id);
    let consent = fields.id("consent_id", consent_id);
    request_id.zip(consent).ok_or_else(|| fields.refused())
}

/// A consent that the caller keeps, and that nobody else changes until the transaction ends.
pub(super) async fn kept(
    tx: &mut Tx,
    call: &Call,
    scope: &ProgramScope,
    id: ConsentId,
) -> Result<ConsentRecord, IntakeError> {
    let not_found = || IntakeError::ConsentNotFound(id);
    let participant = store::consent_of(tx, scope, id).await?.ok_or_else(not_found)?;
    call.concerns(Subject::Participant(participant));
    permit_keeping(call, participant)?;
    // The participant first, as where a consent is recorded.
    store::participant_lock(tx, scope, participant).await?;
    store::consent_for_update(tx, scope, id).await?.ok_or_else(not_found)
}

fn parse(
    request: &RecordConsentRequest,
    recorded_by: Person,
    is_part2_program: bool,
    now: Timestamp,
) -> Result<(RequestId, Consent), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let consent =
        wire::consent::read_consent(&mut fields, request.consent.as_ref(), recorded_by, is_part2_program, now);
    let (Some(request_id), Some(consent)) = (request_id, consent) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, consent))
}

pub(super) async fn handle(
    app: &App,
    request: Request<RecordConsentRequest>,
) -> Result<RecordConsentResponse, IntakeError> {
    let (call, request) = split(request)?;
    let (scope, by) = (call.scope()?, acting(&call)?);
    let program = store::program_get(app.store.reader(&scope), &scope).await?;
    let is_part2 = program.as_ref().is_some_and(|program| program.is_part2);
    let read = |is_part2_program| parse(&request, by.clone(), is_part2_program, app.now());
    // A repeat is answered as the first call was, also in a program that has come under Part 2 since; so what that asks for
    // is named beside all else, but refuses only what is new.
    let Ok((request_id, consent)) = read(false) else {
        return Err(read(is_part2).map(drop).err().unwrap_or_else(|| Fields::new().refused()).into());
    };
    if program.is_none() {
        return Err(IntakeError::ProgramNotReady);
    }
    call.concerns(Subject::Participant(consent.participant));
    permit_keeping(&call, consent.participant)?;
    let mut tx = match app.store.begin_once(&call, "RecordConsent", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    read(is_part2)?;
    let (id, participant) = (consent.id, consent.participant);
    if !store::participant_lock(&mut tx, &scope, participant).await? {
        return Err(IntakeError::ParticipantNotFound(participant));
    }
    // Later than every revocation that was there before, by whichever replica's clock.
    let revoked = store::consent_revoked_last(&mut tx, &scope, participant).await?;
    let now = revoked.map_or(app.now(), |revoked| revoked.max(app.now()));
    store::consent_insert(&mut tx, &scope, &ConsentRecord { consent, recorded_at: now }).await?;
    // Nobody doubts what the participant says now.
    if call.person()?.own_participant() == Some(participant) {
        store::consent_confirm(&mut tx, &scope, id, &by, now).await?;
    }
    let record = store::consent_for_update(&mut tx, &scope, id).await?.ok_or(IntakeError::ConsentNotFound(id))?;
    Ok(tx.commit_answering(RecordConsentResponse { consent: Some(wire::consent::consent(record)) }).await?)
}
