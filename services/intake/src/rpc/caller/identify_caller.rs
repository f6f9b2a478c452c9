//! Says who a caller is: the contact, its chain and what follows are the participant's from then on.

use harborline_identity::{ProgramScope, Subject};
use harborline_proto::intake::v1::{IdentifyCallerRequest, IdentifyCallerResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, Tx};
use harborline_types::{Acuity, CallerKind, ContactId, RequestId, Timestamp};
use tonic::Request;

use super::linking::{link, lock_both, part};
use crate::app::{App, change_keep, concerns};
use crate::domain::contact::Contact;
use crate::domain::identification::{Identification, IdentificationBasis, Identified};
use crate::domain::returning::VerifiedCaller;
use crate::error::IntakeError;
use crate::fired_rules::owe_rules;
use crate::rpc::acting::acting;
use crate::rpc::permit::{facts_of_contact, learn_before_change};
use crate::rpc::seen_by::seen_by;
use crate::{store, wire};

struct IdentifyCaller {
    request_id: RequestId,
    contact: ContactId,
    who: Identified,
}

impl IdentifyCaller {
    fn parse(request: &IdentifyCallerRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let participant = fields.id("participant_id", &request.participant_id);
        let caller = fields.word("caller", request.caller);
        let basis = fields.word("basis", request.basis);
        if caller == Some(CallerKind::Unknown) {
            fields.fault("caller", "must be the participant, or a family member");
        }
        let support_person = fields.optional_id("support_person_id", &request.support_person_id);
        let support_person = support_person.map(|id| id.filter(|_| caller == Some(CallerKind::FamilyMember)));
        let is_on_record = support_person.is_some_and(|person| person.is_some());
        if basis == Some(IdentificationBasis::Phrase) && caller == Some(CallerKind::FamilyMember) && !is_on_record {
            fields.fault("basis", "must be another one for a family member who is not on record");
        }
        let (Some(request_id), Some(contact), Some(participant)) = (request_id, contact, participant) else {
            return Err(fields.refused());
        };
        let (Some(caller), Some(basis), Some(support_person)) = (caller, basis, support_person) else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, contact, who: Identified { participant, caller, basis, support_person } })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<IdentifyCallerRequest>,
) -> Result<IdentifyCallerResponse, IntakeError> {
    let (call, request) = split(request)?;
    let IdentifyCaller { request_id, contact, who } = IdentifyCaller::parse(&request)?;
    let scope = call.scope()?;
    learn_before_change(app, &call, &scope, contact).await?;
    let mut tx = match app.store.begin_once(&call, "IdentifyCaller", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let now = app.now();
    let (contact, other) = lock_both(&mut tx, &scope, contact, who).await?;
    concerns(&call, &contact);
    call.permit(&facts_of_contact(tx.conn(), &call, &scope, &contact).await?)?;
    let sequence = admit(&mut tx, &scope, &contact, who).await?;
    call.concerns(Subject::Participant(who.participant));

    let is_linked_wrongly = !contact.linked.is_empty() && !contact.is_still(who);
    let contact = if is_linked_wrongly { part(&mut tx, &scope, contact, now).await? } else { contact };
    let level = level_before(&mut tx, &scope, &contact, who, now).await?;
    let change = contact.identify(who, level, now);
    let identification = Identification { sequence, who, by: acting(&call)?, at: now };
    store::identification_insert(&mut tx, &scope, &change.contact, &identification).await?;
    let contact = change_keep(&mut tx, &scope, change).await?;
    let contact = link(&mut tx, &scope, contact, other, now).await?;
    owe_rules(&mut tx, &scope, &contact).await?;
    let answer = IdentifyCallerResponse {
        contact: Some(seen_by(&call, &contact)),
        identification: Some(wire::caller::identification(identification)),
    };
    Ok(tx.commit_answering(answer).await?)
}

/// Whether the caller may be identified so; then the number that the identification has.
async fn admit(tx: &mut Tx, scope: &ProgramScope, contact: &Contact, who: Identified) -> Result<i32, IntakeError> {
    let before = store::before_identification(tx, scope, contact.id, who).await?;
    if !before.is_known {
        return Err(IntakeError::ParticipantNotFound(who.participant));
    }
    if let Some(id) = who.support_person
        && !before.is_supported
    {
        return Err(IntakeError::SupportPersonNotFound(id));
    }
    if before.is_by_token {
        return Err(IntakeError::CallerIdentified);
    }
    if who.basis == IdentificationBasis::Phrase && !before.is_verified {
        return Err(IntakeError::CallerNotVerified);
    }
    Ok(before.sequence + 1)
}

/// What the participant's last contact told, when the participant calls.
async fn level_before(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: &Contact,
    who: Identified,
    now: Timestamp,
) -> Result<Option<Acuity>, IntakeError> {
    if who.caller != CallerKind::Participant || contact.state.is_ended() {
        return Ok(None);
    }
    let program = store::program_get(tx.conn(), scope).await?.ok_or(IntakeError::ProgramNotReady)?;
    let (theirs, since) = (VerifiedCaller::participant(who.participant), now - program.same_caller_within);
    let last = store::contact_last_of_caller(tx, scope, &theirs, since).await?;
    Ok(last.filter(|last| last.chain() != contact.chain()).map(|last| last.assessment.acuity))
}
