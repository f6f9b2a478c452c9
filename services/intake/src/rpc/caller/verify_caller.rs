//! Compares what a caller says with a participant's phrase, and tells nothing else.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{VerifyCallerRequest, VerifyCallerResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ContactId, Phi, RequestId, SupportPersonId};
use tonic::Request;

use crate::app::{App, concerns};
use crate::domain::contact::Refusal;
use crate::domain::identification::TRIES_WITHIN;
use crate::error::IntakeError;
use crate::rpc::permit::{facts_of_contact, learn_before_change};
use crate::store::{self, Claimed};
use crate::wire::participant::read_claimed_number;

struct VerifyCaller {
    request_id: RequestId,
    contact: ContactId,
    claimed: Claimed,
    /// Whose phrase it is where it is not the participant's.
    support_person: Option<SupportPersonId>,
    said: Phi<String>,
}

impl VerifyCaller {
    fn parse(request: &VerifyCallerRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let said = fields.text("phrase", &request.phrase, 1..=200);
        let (Some(request_id), Some(contact), Some(said)) = (request_id, contact, said) else {
            return Err(fields.refused());
        };
        let claimed = match request.participant_id.as_str() {
            "" => read_claimed_number(&request.dedicated_number).map(Claimed::DedicatedNumber),
            id => id.parse().ok().map(Claimed::Participant),
        };
        let mut claimed = claimed.unwrap_or(Claimed::Nobody);
        let support_person = request.support_person_id.parse().ok();
        if support_person.is_none() && !request.support_person_id.is_empty() {
            claimed = Claimed::Nobody;
        }
        Ok(Self { request_id, contact, claimed, support_person, said: said.into() })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<VerifyCallerRequest>,
) -> Result<VerifyCallerResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = VerifyCaller::parse(&request)?;
    let scope = call.scope()?;
    learn_before_change(app, &call, &scope, command.contact).await?;
    let mut tx = match app.store.begin_once(&call, "VerifyCaller", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let now = app.now();
    let contact = store::contact_for_update(&mut tx, &scope, command.contact).await?;
    concerns(&call, &contact);
    call.permit(&facts_of_contact(tx.conn(), &call, &scope, &contact).await?)?;
    if contact.state.is_ended() {
        return Err(Refusal::Ended.into());
    }
    let said = store::claimed_find(&mut tx, &scope, &command.claimed, command.support_person).await?;
    let tries = store::tries_count(&mut tx, &scope, contact.id, said.participant, now - TRIES_WITHIN).await?;
    let is_verified = tries.is_phrase(&command.said, said.phrase.as_ref());
    store::try_insert(&mut tx, &scope, contact.id, &said, is_verified, now).await?;
    if let Some(participant) = said.participant {
        call.concerns(Subject::Participant(participant));
    }
    let answer = VerifyCallerResponse {
        is_verified,
        tries_left: i32::try_from(tries.left()).unwrap_or(0),
        participant_id: said.participant.filter(|_| is_verified).map(|id| id.to_string()).unwrap_or_default(),
    };
    Ok(tx.commit_answering(answer).await?)
}
