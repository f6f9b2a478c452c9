use harborline_proto::intake::v1::{ListContactsRequest, ListContactsResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageToken;
use tonic::Request;

use crate::app::{App, concerns};
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ListContactsRequest>,
) -> Result<ListContactsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(size) = fields.page_size("page_size", request.page_size) else {
        return Err(fields.refused().into());
    };
    let after = PageToken::parse(&request.page_token)?.position()?;
    let scope = call.scope()?;
    let keys = app.store.keys(&scope).await?;
    let mut contacts = store::contact_list(app.store.reader(&scope), &keys, &scope, after, size + 1).await?;
    let more = contacts.len() as i64 > size;
    if more {
        contacts.pop();
    }
    contacts.iter().for_each(|contact| concerns(&call, contact));
    let last = contacts.last().filter(|_| more);
    let next_page_token = last.map(|contact| PageToken::write(contact.id)).unwrap_or_default();
    Ok(ListContactsResponse { contacts: contacts.iter().map(wire::contact).collect(), next_page_token })
}
