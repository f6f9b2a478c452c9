//! Takes that no follow-up is left of what was asked for, and why.

use harborline_identity::ProgramScope;
use harborline_proto::intake::v1::{FollowUpsEnd, RecordFollowUpsEndedRequest, RecordFollowUpsEndedResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, StoreError, Tx};
use harborline_types::{ContactId, RequestId, Timestamp};
use tonic::Request;

use crate::app::{App, concerns};
use crate::domain::contact::Contact;
use crate::domain::decision::{DecisionKind, Question};
use crate::error::IntakeError;
use crate::store;

struct RecordFollowUpsEnded {
    request_id: RequestId,
    contact: ContactId,
    sequence: i64,
    end: FollowUpsEnd,
}

impl RecordFollowUpsEnded {
    fn parse(request: &RecordFollowUpsEndedRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        if request.sequence < 0 {
            fields.fault("sequence", "must not be negative");
        }
        if request.end() == FollowUpsEnd::Unspecified {
            fields.fault("end", "is required");
        }
        let (Some(request_id), Some(contact)) = (request_id, contact) else { return Err(fields.refused()) };
        fields.finish()?;
        // A plan from before they were counted knows of none.
        Ok(Self { request_id, contact, sequence: request.sequence.max(1), end: request.end() })
    }
}

/// What the end of all follow-ups of a chain, whose newest contact this is, leaves to a supervisor: nothing when the person was spoken to, everything when every
/// attempt was in vain.
async fn follow(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: &Contact,
    command: &RecordFollowUpsEnded,
    now: Timestamp,
) -> Result<(), StoreError> {
    let chain = contact.chain();
    match command.end {
        FollowUpsEnd::Reached | FollowUpsEnd::Declined => {
            store::decision_withdraw(tx, scope, chain, &DecisionKind::ABOUT_REACHING, now).await
        }
        FollowUpsEnd::NotReached => {
            let question = Question {
                kind: DecisionKind::NotReached,
                subject: command.sequence.to_string(),
                acuity: contact.assessment.acuity,
                open_duties: Vec::new(),
            };
            store::question_ask(tx, scope, chain, &question, now).await
        }
        // The backup line had somebody at risk whom we cannot call ourselves.
        FollowUpsEnd::NotNeeded if contact.is_handed_off_at_risk() => {
            store::question_ask(tx, scope, chain, &contact.question(DecisionKind::BrokenOff), now).await
        }
        FollowUpsEnd::Unspecified | FollowUpsEnd::NotNeeded | FollowUpsEnd::Stopped => Ok(()),
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<RecordFollowUpsEndedRequest>,
) -> Result<RecordFollowUpsEndedResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = RecordFollowUpsEnded::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordFollowUpsEnded", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let contact = store::contact_for_update(&mut tx, &scope, command.contact).await?;
    concerns(&call, &contact);
    let chain = contact.chain();
    if store::follow_ups_end(&mut tx, &scope, chain, command.sequence).await? {
        let keys = tx.keys().await?;
        let last = store::contact_newest_of_chain(tx.conn(), &keys, &scope, chain).await?.unwrap_or(contact);
        follow(&mut tx, &scope, &last, &command, app.now()).await?;
        store::custody_follow(&mut tx, &scope, chain, app.now()).await?;
    }
    Ok(tx.commit_answering(RecordFollowUpsEndedResponse {}).await?)
}
