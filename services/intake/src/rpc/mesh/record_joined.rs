//! Takes which counselor has joined a contact, or that nobody has any more.

use harborline_proto::intake::v1::{RecordJoinedRequest, RecordJoinedResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ContactId, PersonId, RequestId, TicketId};
use tonic::Request;

use crate::app::{App, concerns};
use crate::error::IntakeError;
use crate::store;

struct RecordJoined {
    request_id: RequestId,
    contact: ContactId,
    ticket: TicketId,
    sequence: i32,
    person: Option<PersonId>,
}

impl RecordJoined {
    fn parse(request: &RecordJoinedRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let ticket = fields.id("ticket_id", &request.ticket_id);
        let person = match request.person_id.as_str() {
            "" => Some(None),
            person => fields.person_id("person_id", person).map(Some),
        };
        if request.sequence < 1 {
            fields.fault("sequence", "must be at least 1");
        }
        let (Some(request_id), Some(contact), Some(ticket), Some(person)) = (request_id, contact, ticket, person)
        else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, contact, ticket, sequence: request.sequence, person })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<RecordJoinedRequest>,
) -> Result<RecordJoinedResponse, IntakeError> {
    let (call, request) = split(request)?;
    let RecordJoined { request_id, contact: id, ticket, sequence, person } = RecordJoined::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordJoined", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let contact = store::contact_for_update(&mut tx, &scope, id).await?;
    concerns(&call, &contact);
    store::joined_put(&mut tx, &scope, id, ticket, (sequence, person.as_ref())).await?;
    Ok(tx.commit_answering(RecordJoinedResponse {}).await?)
}
