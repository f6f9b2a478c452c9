//! A contact's ticket with its history.

use harborline_identity::Subject;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ContactId;
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::store;
use crate::wire;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetTicketRequest>,
) -> Result<pb::GetTicketResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(contact) = fields.id::<ContactId>("contact_id", &request.contact_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;
    call.concerns(Subject::Contact(contact));

    let ticket = store::ticket_get(&app.store, &scope, contact).await?;
    let ticket = ticket.ok_or(AvailabilityError::TicketNotFound(contact))?;
    let events = store::ticket_events(&app.store, &scope, &[ticket.id]).await?;
    Ok(pb::GetTicketResponse { ticket: Some(wire::ticket(ticket, events)) })
}
