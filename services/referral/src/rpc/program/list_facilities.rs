//! Lists the facilities in the order in which they are asked.

use harborline_proto::referral::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageToken;
use tonic::Request;

use crate::app::App;
use crate::domain::{Facility, Place};
use crate::error::ReferralError;
use crate::rpc::wire;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::ListFacilitiesRequest>,
) -> Result<pb::ListFacilitiesResponse, ReferralError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(size) = fields.page_size("page_size", request.page_size) else { return Err(fields.refused().into()) };
    let after: Option<Place> = PageToken::parse(&request.page_token)?.position()?;
    let scope = call.scope()?;

    // One more than asked for tells whether there is a next page.
    let mut facilities = store::facility_list(&app.store, &scope, after, size + 1).await?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = facilities.len() > size;
    facilities.truncate(size);
    let last = facilities.last().map(Facility::place).filter(|_| more);
    Ok(pb::ListFacilitiesResponse {
        next_page_token: last.map(PageToken::write).unwrap_or_default(),
        facilities: facilities.into_iter().map(wire::facility).collect(),
    })
}
