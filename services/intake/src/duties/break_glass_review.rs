//! Asks for the review of an emergency access from its end on, every day until somebody else has reviewed it.

use std::sync::Arc;

use chrono::TimeDelta;
use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::BreakGlassId;

use crate::app::App;
use crate::store;

/// How often a review is asked for.
const EVERY: TimeDelta = TimeDelta::days(1);

pub(super) async fn run(app: Arc<App>, duty: DutyRun) -> Result<Done, DutyError> {
    let id: BreakGlassId = duty.subject_id()?;
    match store::break_glass_is_unreviewed(app.store.reader(&duty.scope), &duty.scope, id).await? {
        None => Err(DutyError::lasting("the emergency access does not exist")),
        Some(false) => Ok(Done::Finished),
        Some(true) => {
            tracing::warn!(break_glass = %id, program = %duty.scope.program(), "an emergency access waits for its review");
            let meter = harborline_telemetry::metrics::meter();
            meter.u64_counter("harborline.intake.break_glass_review_asked").build().add(1, &[]);
            Ok(Done::Again(app.now() + EVERY))
        }
    }
}
