//! Lists the contacts of a program or a participant.

use harborline_proto::intake::v1::{ListContactsRequest, ListContactsResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageTokens;
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
    let scope = call.scope()?;
    let filter = ListContactsRequest { page_size: 0, page_token: String::new() };
    let tokens = PageTokens::of(scope.program(), "ListContacts", &filter);
    let after = tokens.position(&request.page_token)?;
    let keys = app.store.keys(&scope).await?;
    let mut contacts = store::contact_list(app.store.reader(&scope), &keys, &scope, after, size + 1).await?;
    let next_page_token = tokens.cut(&mut contacts, size, |contact| contact.id);
    contacts.iter().for_each(|contact| concerns(&call, contact));
    Ok(ListContactsResponse { contacts: contacts.iter().map(wire::contact).collect(), next_page_token })
}
