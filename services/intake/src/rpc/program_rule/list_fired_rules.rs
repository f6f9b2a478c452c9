//! Tells what is to be done and not done in a contact.

use harborline_proto::intake::v1::{ListFiredRulesRequest, ListFiredRulesResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ContactId;
use tonic::Request;

use crate::app::{App, concerns};
use crate::error::IntakeError;
use crate::fired_rules::fired_rules;
use crate::rpc::permit::permit_contact;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ListFiredRulesRequest>,
) -> Result<ListFiredRulesResponse, IntakeError> {
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
    let contact = permit_contact(app, &call, &scope, contact).await?;
    let fired = fired_rules(app, &scope, &contact).await?;
    Ok(ListFiredRulesResponse { rules: fired.into_iter().map(wire::program_rule::fired).collect() })
}
