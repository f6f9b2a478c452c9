//! Explains from records which counselors were ruled out, could be asked and were asked for a contact's ticket.

use std::collections::HashMap;

use harborline_identity::Subject;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::{Acuity, ContactId};
use tonic::Request;

use crate::app::App;
use crate::domain::Ticket;
use crate::error::AvailabilityError;
use crate::store;
use crate::wire;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::ExplainTicketRequest>,
) -> Result<pb::ExplainTicketResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(contact) = fields.id::<ContactId>("contact_id", &request.contact_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;
    call.concerns(Subject::Contact(contact));

    let ticket = store::ticket_get(&app.store, &scope, contact).await?;
    let ticket = ticket.ok_or(AvailabilityError::TicketNotFound(contact))?;
    let races = match ticket.acuity {
        Acuity::Emergency => store::race_list(&app.store, &scope, contact).await?,
        _ => Vec::new(),
    };
    let tickets: Vec<_> = races.iter().chain([&ticket]).map(|ticket| ticket.id).collect();
    let (mut events, mut considerations) = (HashMap::new(), HashMap::new());
    for event in store::ticket_events(&app.store, &scope, &tickets).await? {
        events.entry(event.ticket).or_insert_with(Vec::new).push(event);
    }
    for considered in store::consideration_list(&app.store, &scope, &tickets).await? {
        let of = considered.ticket_id;
        considerations.entry(of).or_insert_with(Vec::new).push(wire::consideration(considered));
    }
    let mut explained = |ticket: Ticket| {
        let (events, considered) = (events.remove(&ticket.id), considerations.remove(&ticket.id));
        (Some(wire::ticket(ticket, events.unwrap_or_default())), considered.unwrap_or_default())
    };
    let race = |(ticket, considerations)| pb::ExplainedRace { ticket, considerations };
    let races = races.into_iter().map(&mut explained).map(race).collect();
    let (ticket, considerations) = explained(ticket);
    Ok(pb::ExplainTicketResponse { ticket, considerations, races })
}
