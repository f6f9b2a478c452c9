//! Creates or changes a facility.

use harborline_proto::referral::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, check_etag};
use harborline_types::RequestId;
use tonic::Request;

use crate::app::App;
use crate::domain::Facility;
use crate::error::ReferralError;
use crate::store;
use crate::wire;

/// More than all of a country's subdivisions.
const MOST_JURISDICTIONS: usize = 200;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::PutFacilityRequest>,
) -> Result<pb::PutFacilityResponse, ReferralError> {
    let (call, request) = split(request)?;
    let (request_id, facility) = parse(&request)?;
    let scope = call.scope()?;

    let mut tx = match app.store.begin_once(&call, "PutFacility", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let version =
        store::facility_for_update(&mut tx, &scope, facility.id).await?.map(|current| wire::facility(current).etag);
    check_etag(request.facility.as_ref().map_or("", |edited| &edited.etag), version.as_deref())?;
    store::facility_put(&mut tx, &scope, &facility).await?;
    Ok(tx.commit_answering(pb::PutFacilityResponse { facility: Some(wire::facility(facility)) }).await?)
}

fn parse(request: &pb::PutFacilityRequest) -> Result<(RequestId, Facility), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let facility = fields.message("facility", request.facility.as_ref());
    let facility = parse_facility(&mut fields, &facility);
    match request_id.zip(facility) {
        Some(parsed) => fields.finish().map(|()| parsed),
        None => Err(fields.refused()),
    }
}

fn parse_facility(fields: &mut Fields, facility: &pb::Facility) -> Option<Facility> {
    let id = fields.id("facility.facility_id", &facility.facility_id);
    let name = fields.text("facility.name", &facility.name, 1..=200);
    let services = fields.words("facility.services", &facility.services);
    if facility.services.is_empty() {
        fields.fault("facility.services", "must name at least one service");
    }
    if facility.jurisdictions.len() > MOST_JURISDICTIONS {
        fields.fault("facility.jurisdictions", format!("must have at most {MOST_JURISDICTIONS} entries"));
    }
    for (index, code) in facility.jurisdictions.iter().enumerate().take(MOST_JURISDICTIONS) {
        let field = format!("facility.jurisdictions[{index}]");
        if fields.optional_jurisdiction(&field, code) == Some(None) {
            fields.fault(field, "must not be empty");
        }
    }
    Some(Facility {
        id: id?,
        name: name?,
        services: services?,
        jurisdictions: facility.jurisdictions.clone(),
        rank: facility.rank,
        accepting: facility.accepting,
    })
}
