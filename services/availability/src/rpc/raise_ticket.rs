//! Raises the acuity of a ticket, or changes what it needs. Never lowers.

use harborline_identity::Subject;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{Acuity, ContactId, Need, RequestId};
use tonic::Request;

use crate::app::App;
use crate::domain::{Change, Step};
use crate::error::AvailabilityError;
use crate::store;

struct Command {
    request_id: RequestId,
    contact: ContactId,
    acuity: Acuity,
    need: Option<Need>,
}

pub(super) async fn handle(
    app: &App,
    request: Request<pb::RaiseTicketRequest>,
) -> Result<pb::RaiseTicketResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let command = parse(&request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Contact(command.contact));

    let mut tx = match app.store.begin_once(&call, "RaiseTicket", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let ticket = store::ticket_for_update(&mut tx, &scope, command.contact).await?;
    let mut change = Change::of(ticket.ok_or(AvailabilityError::TicketNotFound(command.contact))?);
    // A ticket that has ended stays as it was.
    if change.take(Step::Raise(command.acuity, command.need)).is_ok() {
        store::changes_save(&mut tx, &scope, &[change], app.clock.now()).await?;
        tx.hint(store::pool_hint(scope.program()));
    }
    Ok(tx.commit_answering(pb::RaiseTicketResponse {}).await?)
}

fn parse(request: &pb::RaiseTicketRequest) -> Result<Command, ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", &request.contact_id);
    let acuity = fields.word("acuity", request.acuity);
    let need = request.need.as_ref().and_then(|given| fields.need("need", Some(given)));
    let (Some(request_id), Some(contact), Some(acuity)) = (request_id, contact, acuity) else {
        return Err(fields.refused());
    };
    fields.finish()?;
    Ok(Command { request_id, contact, acuity, need })
}
