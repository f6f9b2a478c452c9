//! The counselor who has a contact now, from the ledger: it has the assignment before the duty has told intake.

use harborline_identity::Subject;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::{ContactId, wire};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::store::{self, AssignmentNow, JoinedNow};

pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetAssignmentRequest>,
) -> Result<pb::GetAssignmentResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(contact) = fields.id::<ContactId>("contact_id", &request.contact_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;
    call.concerns(Subject::Contact(contact));

    let mut tx = app.store.snapshot(&scope).await?;
    let now = store::assignment_now(&mut tx, &scope, contact).await?;
    let now = now.ok_or(AvailabilityError::TicketNotFound(contact))?;
    let joined = store::joined_now(&mut tx, &scope, contact).await?;
    let assignment = now.map(|AssignmentNow { counselor, number, accepted_at }| pb::Assignment {
        counselor_id: counselor.id.to_string(),
        counselor_name: counselor.name,
        number,
        accepted_at: Some(wire::timestamp(accepted_at)),
    });
    let joined = joined.into_iter().map(|JoinedNow { ticket, sequence, person }| pb::Joined {
        ticket_id: ticket.to_string(),
        sequence,
        person_id: person.to_string(),
    });
    Ok(pb::GetAssignmentResponse { assignment, joined: joined.collect() })
}
