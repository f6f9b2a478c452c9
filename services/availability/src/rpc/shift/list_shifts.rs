//! The shifts by id.

use std::sync::Arc;

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::{PageTokens, etag};
use harborline_types::wire::timestamp;
use tonic::Request;

use crate::app::App;
use crate::domain::shift::Shift;
use crate::error::AvailabilityError;
use crate::store;
use crate::wire::local;

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::ListShiftsRequest>,
) -> Result<pb::ListShiftsResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(size) = fields.page_size("page_size", request.page_size) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let filter = pb::ListShiftsRequest { page_size: 0, page_token: String::new() };
    let tokens = PageTokens::of(scope.program(), "ListShifts", &filter);
    let after = tokens.position(&request.page_token)?;

    let replica = app.clone();
    // Computed apart: parsing one recurrence takes as long as writing tens of rows.
    let work = move |_| async move {
        let mut page = store::shift_list(replica.store.reader(&scope), &scope, after, size + 1).await?;
        let next_page_token = tokens.cut(&mut page, size, |shift| shift.id);
        Ok(pb::ListShiftsResponse { shifts: page.into_iter().map(wire).collect(), next_page_token })
    };
    app.computations.run(scope.program(), work).await
}

/// A shift, for the wire.
pub(super) fn wire(shift: Shift) -> pb::Shift {
    let (kind, rung) = local::wire_kind(shift.kind);
    let edited = pb::Shift {
        shift_id: shift.id.to_string(),
        counselor_id: shift.counselor.to_string(),
        kind,
        rung,
        first_day: shift.first_day.to_string(),
        last_day: shift.ends_with().map(|day| day.to_string()).unwrap_or_default(),
        starts: shift.hours.starts.to_string(),
        ends: shift.hours.ends.to_string(),
        recurrence: shift.recurrence.map(|rule| rule.to_string()).unwrap_or_default(),
        canceled_at: shift.canceled_at.map(timestamp),
        etag: String::new(),
    };
    pb::Shift { etag: etag(&edited), ..edited }
}
