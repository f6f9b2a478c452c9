//! The caller left. Changes nothing when a human has the contact already.

use harborline_identity::Subject;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use tonic::Request;

use crate::app::App;
use crate::domain::{Change, Step};
use crate::error::AvailabilityError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::WithdrawTicketRequest>,
) -> Result<pb::WithdrawTicketResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let (request_id, contact) = (fields.request_id(&request.request_id), fields.id("contact_id", &request.contact_id));
    let (Some(request_id), Some(contact)) = (request_id, contact) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    call.concerns(Subject::Contact(contact));

    let mut tx = match app.store.begin_once(&call, "WithdrawTicket", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let ticket = store::ticket_for_update(&mut tx, &scope, contact).await?;
    let ticket = ticket.ok_or(AvailabilityError::TicketNotFound(contact))?;
    let mut change = Change::of(ticket);
    let withdrawn = change.take(Step::Withdraw).is_ok();
    if withdrawn {
        store::changes_save(&mut tx, &scope, &[change], app.clock.now()).await?;
        tx.hint(store::pool_hint(scope.program()));
    }
    Ok(tx.commit_answering(pb::WithdrawTicketResponse { withdrawn }).await?)
}
