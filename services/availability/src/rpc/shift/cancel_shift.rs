//! Cancels one day of a shift, or all that has not begun.

use chrono::NaiveDate;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{RequestId, ShiftId};
use tonic::Request;

use crate::app::App;
use crate::domain::shift::ShiftDay;
use crate::error::AvailabilityError;
use crate::rpc::roster_rules;
use crate::store;
use crate::wire::local;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::CancelShiftRequest>,
) -> Result<pb::CancelShiftResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, id, day) = parse(&request)?;
    let scope = call.scope()?;

    let mut tx = match app.store.begin_once(&call, "CancelShift", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let rules = roster_rules::required(tx.conn(), &scope).await?;
    let not_found = || AvailabilityError::ShiftNotFound(id);
    let shift = store::shift_for_update(&mut tx, &scope, id).await?.ok_or_else(not_found)?;
    let now = app.clock.now();
    match day {
        None => store::shift_cancel(&mut tx, &scope, id, now).await?,
        Some(day) => {
            shift.on(rules.zone, day).filter(|span| span.from > now).ok_or_else(not_found)?;
            store::shift_day_put(&mut tx, &scope, ShiftDay { shift: id, day }, None).await?;
        }
    }
    store::roster_changed(&mut tx);
    Ok(tx.commit_answering(pb::CancelShiftResponse {}).await?)
}

fn parse(request: &pb::CancelShiftRequest) -> Result<(RequestId, ShiftId, Option<NaiveDate>), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let shift = fields.id("shift_id", &request.shift_id);
    let day = local::optional_day(&mut fields, "day", &request.day);
    let (Some(request_id), Some(shift), Some(day)) = (request_id, shift, day) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, shift, day))
}
