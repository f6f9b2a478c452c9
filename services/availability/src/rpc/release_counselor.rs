//! The conversation has ended: the counselor wraps up. A contact that ended while it waited leaves the queue.

use harborline_identity::Subject;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use tonic::Request;

use crate::app::App;
use crate::domain::Change;
use crate::error::AvailabilityError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::ReleaseCounselorRequest>,
) -> Result<pb::ReleaseCounselorResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let (request_id, contact) = (fields.request_id(&request.request_id), fields.id("contact_id", &request.contact_id));
    let (Some(request_id), Some(contact)) = (request_id, contact) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    call.concerns(Subject::Contact(contact));

    let mut tx = match app.store.begin_once(&call, "ReleaseCounselor", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let ticket = store::ticket_for_update(&mut tx, &scope, contact).await?;
    let ticket = ticket.ok_or(AvailabilityError::TicketNotFound(contact))?;
    let step = ticket.end_step();
    let mut change = Change::of(ticket);
    if step.is_some_and(|step| change.take(step).is_ok()) {
        store::changes_save(&mut tx, &scope, &[change], app.clock.now()).await?;
        tx.hint(store::pool_hint(scope.program()));
    }
    Ok(tx.commit_answering(pb::ReleaseCounselorResponse {}).await?)
}
