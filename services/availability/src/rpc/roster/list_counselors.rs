//! The counselors by id.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageTokens;
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
    let scope = call.scope()?;
    let filter = pb::ListCounselorsRequest { page_size: 0, page_token: String::new() };
    let tokens = PageTokens::of(scope.program(), "ListCounselors", &filter);
    let after: Option<String> = tokens.position(&request.page_token)?;

    let mut page = store::counselor_list(&app.store, &scope, after.as_deref(), size + 1).await?;
    let next_page_token = tokens.cut(&mut page, size, |entry| entry.counselor.id.clone());
    Ok(pb::ListCounselorsResponse { counselors: page.into_iter().map(Into::into).collect(), next_page_token })
}
