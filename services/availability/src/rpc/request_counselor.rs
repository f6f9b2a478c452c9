//! Puts a contact into the queue.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::{RequestId, TicketId};
use tonic::Request;

use crate::app::App;
use crate::domain::matcher::{Command, Wanted};
use crate::error::AvailabilityError;
use crate::matcher::ask;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::RequestCounselorRequest>,
) -> Result<pb::RequestCounselorResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, wanted) = parse(&request)?;
    ask(app, &call, super::REQUEST_COUNSELOR, request_id, &request, Command::Request(wanted)).await
}

pub(super) fn parse(request: &pb::RequestCounselorRequest) -> Result<(RequestId, Wanted), ServiceError> {
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
    Ok((request_id, Wanted { ticket: TicketId::new(), contact, acuity, need, preferred }))
}
