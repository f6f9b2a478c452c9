//! The program's tickets with their histories, oldest first.

use std::collections::HashMap;

use harborline_identity::Subject;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageTokens;
use harborline_types::TicketId;
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::store::{self, TicketEvent};
use crate::wire;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::ListTicketsRequest>,
) -> Result<pb::ListTicketsResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(size) = fields.page_size("page_size", request.page_size) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let filter = pb::ListTicketsRequest { page_size: 0, page_token: String::new() };
    let tokens = PageTokens::of(scope.program(), "ListTickets", &filter);
    let after = tokens.position(&request.page_token)?;

    let mut page = store::ticket_list(&app.store, &scope, after, size + 1).await?;
    let next_page_token = tokens.cut(&mut page, size, |ticket| ticket.id);

    page.iter().for_each(|ticket| call.concerns(Subject::Contact(ticket.contact)));
    let ids: Vec<TicketId> = page.iter().map(|ticket| ticket.id).collect();
    let mut histories: HashMap<TicketId, Vec<TicketEvent>> = HashMap::new();
    for event in store::ticket_events(&app.store, &scope, &ids).await? {
        histories.entry(event.ticket).or_default().push(event);
    }
    let tickets = page.into_iter().map(|ticket| {
        let events = histories.remove(&ticket.id).unwrap_or_default();
        wire::ticket(ticket, events)
    });
    Ok(pb::ListTicketsResponse { tickets: tickets.collect(), next_page_token })
}
