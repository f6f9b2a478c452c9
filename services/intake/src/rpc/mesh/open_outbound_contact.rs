//! Opens a call of ours for an attempt of a follow-up plan.

use harborline_identity::{ProgramScope, Subject};
use harborline_proto::intake::v1::{OpenOutboundContactRequest, OpenOutboundContactResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, Tx};
use harborline_types::{Channel, ContactId, PlanId, RequestId};
use tonic::Request;
use tracing::Instrument;

use crate::app::{App, concerns, contact_span};
use crate::domain::contact::{Contact, FollowUp};
use crate::domain::facts::Facts;
use crate::error::IntakeError;
use crate::store::{self, NewContact};

struct OpenOutboundContact {
    request_id: RequestId,
    origin: ContactId,
    plan: PlanId,
    attempt: i32,
}

impl OpenOutboundContact {
    fn parse(request: &OpenOutboundContactRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let origin = fields.id("origin_contact_id", &request.origin_contact_id);
        let plan = fields.id("follow_up_plan_id", &request.follow_up_plan_id);
        if request.attempt < 1 {
            fields.fault("attempt", "must be at least 1");
        }
        let (Some(request_id), Some(origin), Some(plan)) = (request_id, origin, plan) else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, origin, plan, attempt: request.attempt })
    }
}

/// Opens the outbound contact of an attempt, whose origin is locked, unless it is open already.
async fn open(
    app: &App,
    tx: &mut Tx,
    scope: &ProgramScope,
    origin: &Contact,
    command: &OpenOutboundContact,
) -> Result<ContactId, IntakeError> {
    if let Some(known) = store::contact_of_attempt(tx, scope, command.plan, command.attempt).await? {
        return Ok(known);
    }
    let (keys, chain) = (tx.keys().await?, origin.chain());
    // A caller who was back is called by what was said and found then.
    let last = store::contact_newest_of_chain(tx.conn(), &keys, scope, chain).await?;
    let last = last.as_ref().unwrap_or(origin);
    let stated = store::contact_facts(tx.conn(), &keys, scope, last.id).await?.unwrap_or_default();
    let reachable = store::contact_is_reachable(tx.conn(), &keys, scope, last.id).await?;
    let channel = if reachable { Channel::Phone } else { last.channel };
    let follow_up = FollowUp { origin: chain, plan: command.plan, attempt: command.attempt };
    let change = last.open_follow_up(ContactId::new(), follow_up, channel, app.now());
    let facts =
        Facts { callback_number: stated.callback_number, call_back_rules: stated.call_back_rules, ..Facts::default() };
    async {
        store::contact_insert(tx, scope, &change.contact, &facts, NewContact::default()).await?;
        store::change_follow(tx, scope, &change).await?;
        // The attempt was on its way when a supervisor decided that nobody calls, or the caller was back.
        if store::follow_ups_stopped(tx, scope, chain).await? {
            let left = change.contact.clone().leave(app.now())?;
            store::change_save(tx, scope, &left).await?;
        }
        Ok::<_, IntakeError>(())
    }
    .instrument(contact_span(&change.contact))
    .await?;
    Ok(change.contact.id)
}

pub(super) async fn handle(
    app: &App,
    request: Request<OpenOutboundContactRequest>,
) -> Result<OpenOutboundContactResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = OpenOutboundContact::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "OpenOutboundContact", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let origin = store::contact_for_update(&mut tx, &scope, command.origin).await?;
    let contact = open(app, &mut tx, &scope, &origin, &command).await?;
    concerns(&call, &origin);
    call.concerns(Subject::Contact(contact));
    let contact_id = contact.to_string();
    Ok(tx.commit_answering(OpenOutboundContactResponse { contact_id }).await?)
}
