//! Creates a shift or changes it whole.

use chrono::NaiveDate;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, check_etag};
use harborline_types::RequestId;
use tonic::Request;

use super::list_shifts::wire;
use crate::app::App;
use crate::domain::shift::{Recurrence, Shift, ShiftKind};
use crate::error::AvailabilityError;
use crate::rpc::roster_rules;
use crate::store;
use crate::wire::local;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::PutShiftRequest>,
) -> Result<pb::PutShiftResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, shift) = parse(&request)?;
    let scope = call.scope()?;

    let mut tx = match app.store.begin_once(&call, "PutShift", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    roster_rules::required(tx.conn(), &scope).await?;
    if store::counselors_of(&mut tx, &scope, &[&shift.counselor]).await?.is_empty() {
        return Err(AvailabilityError::CounselorNotFound(shift.counselor));
    }
    let version = store::shift_for_update(&mut tx, &scope, shift.id).await?.map(|current| wire(current).etag);
    check_etag(request.shift.as_ref().map_or("", |edited| &edited.etag), version.as_deref())?;
    store::shift_put(&mut tx, &scope, &shift).await?;
    store::roster_changed(&mut tx);
    Ok(tx.commit_answering(pb::PutShiftResponse { shift: Some(wire(shift)) }).await?)
}

fn parse(request: &pb::PutShiftRequest) -> Result<(RequestId, Shift), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let given = fields.message("shift", request.shift.as_ref());
    let id = fields.id("shift.shift_id", &given.shift_id);
    let counselor = fields.person_id("shift.counselor_id", &given.counselor_id);
    let kind = kind(&mut fields, &given);
    let first_day = local::day(&mut fields, "shift.first_day", &given.first_day);
    let last_day = local::optional_day(&mut fields, "shift.last_day", &given.last_day);
    let hours = local::hours(&mut fields, "shift", &given.starts, &given.ends);
    let recurrence = recurrence(&mut fields, &given.recurrence, first_day, last_day.flatten());
    if let (Some(first), Some(Some(last))) = (first_day, last_day)
        && (last < first || given.recurrence.is_empty() && last != first)
    {
        fields.fault("shift.last_day", "must not be before the first day, and without recurrence be the same");
    }
    let (Some(request_id), Some(id), Some(counselor), Some(kind), Some(first_day), Some(last_day), Some(hours)) =
        (request_id, id, counselor, kind, first_day, last_day, hours)
    else {
        return Err(fields.refused());
    };
    fields.finish()?;
    Ok((request_id, Shift { id, counselor, kind, first_day, last_day, hours, recurrence, canceled_at: None }))
}

/// Reads the recurrence, if there is one. Faults are noted, those of its text even if the first day cannot be read.
fn recurrence(
    fields: &mut Fields,
    text: &str,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
) -> Option<Recurrence> {
    if text.is_empty() {
        return None;
    }
    let rule = Recurrence::parse(text, first_day.unwrap_or_default());
    let rule = rule.map_err(|fault| fields.fault("shift.recurrence", fault)).ok()?;
    let is_in_order = first_day.is_some_and(|first| last_day.is_none_or(|last| first <= last));
    if is_in_order && rule.first(last_day).is_none() {
        let fault = "must give a day from the first day to the last, and within ten years of the first";
        fields.fault("shift.recurrence", fault);
    }
    Some(rule)
}

/// Reads the kind of shift; faults are noted.
fn kind(fields: &mut Fields, given: &pb::Shift) -> Option<ShiftKind> {
    let rung = i16::try_from(given.rung).ok();
    match (given.kind(), rung) {
        (pb::ShiftKind::Line, Some(0)) => Some(ShiftKind::Line),
        (pb::ShiftKind::OnCall, Some(rung @ 1..=9)) => Some(ShiftKind::OnCall { rung }),
        (pb::ShiftKind::Unspecified, _) => {
            fields.fault("shift.kind", "must be one of the values, not unspecified");
            None
        }
        (pb::ShiftKind::Line | pb::ShiftKind::OnCall, _) => {
            fields.fault("shift.rung", "must be 1 to 9 of an on-call shift, and 0 of any other");
            None
        }
    }
}
