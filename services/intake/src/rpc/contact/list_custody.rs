//! Lists the owners of a contact's person over time, without a gap.

use harborline_proto::intake::v1::{ListCustodyRequest, ListCustodyResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ContactId;
use tonic::Request;

use crate::app::{App, concerns};
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ListCustodyRequest>,
) -> Result<ListCustodyResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.id::<ContactId>("contact_id", &request.contact_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;
    let keys = app.store.keys(&scope).await?;
    let contact = store::contact_find(app.store.reader(&scope), &keys, &scope, id).await?;
    let contact = contact.ok_or(IntakeError::ContactNotFound(id))?;
    concerns(&call, &contact);
    let intervals = store::custody_list(app.store.reader(&scope), &scope, contact.chain()).await?;
    Ok(ListCustodyResponse { custody: intervals.into_iter().map(wire::custody).collect() })
}
