//! Puts a contact into the queue.

use harborline_identity::Subject;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{Acuity, ContactId, Need, PersonId, RequestId};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::store;

struct Command {
    request_id: RequestId,
    contact: ContactId,
    acuity: Acuity,
    need: Need,
    preferred: Option<PersonId>,
}

pub(super) async fn handle(
    app: &App,
    request: Request<pb::RequestCounselorRequest>,
) -> Result<pb::RequestCounselorResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let command = parse(&request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Contact(command.contact));

    let mut tx = match app.store.begin_once(&call, "RequestCounselor", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let Command { contact, acuity, need, preferred, .. } = command;
    let ticket = store::ticket_create(&mut tx, &scope, contact, acuity, &need, preferred.as_ref()).await?;
    tx.hint(store::pool_hint(scope.program()));
    Ok(tx.commit_answering(pb::RequestCounselorResponse { ticket_id: ticket.to_string() }).await?)
}

fn parse(request: &pb::RequestCounselorRequest) -> Result<Command, ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", &request.contact_id);
    let acuity = fields.word("acuity", request.acuity);
    let need = fields.need("need", request.need.as_ref());
    let preferred = match request.preferred_counselor_id.as_str() {
        "" => None,
        id => fields.person_id("preferred_counselor_id", id),
    };
    let (Some(request_id), Some(contact), Some(acuity), Some(need)) = (request_id, contact, acuity, need) else {
        return Err(fields.refused());
    };
    fields.finish()?;
    Ok(Command { request_id, contact, acuity, need, preferred })
}
