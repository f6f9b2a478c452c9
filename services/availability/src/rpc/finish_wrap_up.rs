//! Ends the wrap-up of a contact: the slot is free again. Calling it when it is free changes nothing.

use harborline_identity::Subject;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use tonic::Request;

use super::answering;
use crate::app::App;
use crate::domain::{Change, Step};
use crate::error::AvailabilityError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::FinishWrapUpRequest>,
) -> Result<pb::FinishWrapUpResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let (request_id, contact) = (fields.request_id(&request.request_id), fields.id("contact_id", &request.contact_id));
    let (Some(request_id), Some(contact)) = (request_id, contact) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    call.concerns(Subject::Contact(contact));
    let counselor = answering::counselor(app, &call, &scope).await?;

    let mut tx = match app.store.begin_once(&call, "FinishWrapUp", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let ticket = store::ticket_for_update(&mut tx, &scope, contact).await?;
    let own = ticket.filter(|ticket| ticket.counselor.as_ref() == Some(&counselor));
    let mut change = own.map(Change::of);
    if let Some(change) = change.take_if(|change| change.take(Step::FinishWrapUp).is_ok()) {
        store::changes_save(&mut tx, &scope, &[change], app.clock.now()).await?;
        tx.hint(store::pool_hint(scope.program()));
    }
    Ok(tx.commit_answering(pb::FinishWrapUpResponse {}).await?)
}
