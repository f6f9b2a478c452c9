//! Takes that a counselor has accepted: custody goes to them, or the contact has ended meanwhile.

use harborline_proto::intake::v1::{RecordAssignmentRequest, RecordAssignmentResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ContactId, Person, RequestId, Timestamp};
use tonic::Request;

use crate::app::{App, change_contact, concerns};
use crate::error::IntakeError;
use crate::fired_rules::owe_rules;
use crate::wire;

struct RecordAssignment {
    request_id: RequestId,
    contact: ContactId,
    counselor: Person,
    assignment: i32,
    /// On real time.
    accepted_at: Timestamp,
}

impl RecordAssignment {
    fn parse(request: &RecordAssignmentRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let counselor = wire::read_person(&mut fields, "counselor", request.counselor.as_ref());
        let accepted_at = fields.instant("accepted_at", request.accepted_at.as_ref());
        if request.assignment < 1 {
            fields.fault("assignment", "must be at least 1");
        }
        let (Some(request_id), Some(contact), Some(counselor), Some(accepted_at)) =
            (request_id, contact, counselor, accepted_at)
        else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, contact, counselor, assignment: request.assignment, accepted_at })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<RecordAssignmentRequest>,
) -> Result<RecordAssignmentResponse, IntakeError> {
    let (call, request) = split(request)?;
    let RecordAssignment { request_id, contact, counselor, assignment, accepted_at } =
        RecordAssignment::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordAssignment", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    // Availability dates by the database's clock; a fact of the domain lies between the opening and now.
    let accepted_at = app.clock.at(accepted_at).min(app.now());
    let mut engaged = false;
    let changed = change_contact(&mut tx, &scope, contact, |contact| {
        let at = accepted_at.max(contact.opened_at);
        let (change, is_engaged) = contact.assign(counselor, assignment, at);
        engaged = is_engaged;
        Ok(change)
    });
    let contact = changed.await?;
    concerns(&call, &contact);
    owe_rules(&mut tx, &scope, &contact).await?;
    Ok(tx.commit_answering(RecordAssignmentResponse { engaged }).await?)
}
