//! Lists the facilities in the order in which they are asked.

use harborline_proto::referral::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageTokens;
use tonic::Request;

use crate::app::App;
use crate::domain::Facility;
use crate::error::ReferralError;
use crate::store;
use crate::wire;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::ListFacilitiesRequest>,
) -> Result<pb::ListFacilitiesResponse, ReferralError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(size) = fields.page_size("page_size", request.page_size) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let filter = pb::ListFacilitiesRequest { page_size: 0, page_token: String::new() };
    let tokens = PageTokens::of(scope.program(), "ListFacilities", &filter);
    let after = tokens.position(&request.page_token)?;

    // One more than asked for tells whether there is a next page.
    let mut facilities = store::facility_list(&app.store, &scope, after, size + 1).await?;
    let next_page_token = tokens.cut(&mut facilities, size, Facility::place);
    Ok(pb::ListFacilitiesResponse { next_page_token, facilities: facilities.into_iter().map(wire::facility).collect() })
}
