//! Puts a contact into the queue.

use harborline_proto::availability::v1 as pb;
use harborline_proto::common::v1 as common;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{Acuity, ContactId, Need, PersonId, RequestId, wire};
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
    let need = need(&mut fields, request.need.as_ref());
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

/// Reads what a contact needs; faults are noted.
pub(super) fn need(fields: &mut Fields, given: Option<&common::Need>) -> Option<Need> {
    let Some(given) = given else {
        fields.fault("need", "is required");
        return None;
    };
    let language = fields.optional_language("need.language", &given.language);
    let jurisdiction = fields.optional_jurisdiction("need.jurisdiction", &given.jurisdiction);
    let skills = fields.texts("need.skills", &given.skills, 20, 1..=100);
    let need = wire::need(given);
    if need.is_none() {
        fields.fault("need.channel", "must be one of the values, not unspecified");
    }
    (language.is_some() && jurisdiction.is_some() && skills.is_some()).then_some(need)?
}
