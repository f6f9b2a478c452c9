//! The counselors by id.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageToken;
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::ListCounselorsRequest>,
) -> Result<pb::ListCounselorsResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(size) = fields.page_size("page_size", request.page_size) else { return Err(fields.refused().into()) };
    let after: Option<String> = PageToken::parse(&request.page_token)?.position()?;
    let scope = call.scope()?;

    let mut page = store::counselor_list(&app.store, &scope, after.as_deref(), size + 1).await?;
    let is_last = page.len() as i64 <= size;
    page.truncate(size as usize);
    let last = page.last().filter(|_| !is_last);
    let next_page_token = last.map(|entry| PageToken::write(&entry.counselor.id)).unwrap_or_default();
    Ok(pb::ListCounselorsResponse { counselors: page.into_iter().map(Into::into).collect(), next_page_token })
}
