//! The counselors planned to be on duty: reads the rows of the roster, then computes the days of its shifts within a
//! budget.

use harborline_identity::ProgramScope;
use harborline_store::Tx;
use harborline_types::Budget;

use crate::domain::Span;
use crate::domain::coverage::{Duty, on_line};
use crate::domain::shift::{RosterEntry, Zone};
use crate::error::AvailabilityError;
use crate::store;

/// The roster's entries that touch a span, by start.
///
/// # Errors
/// When the database does not answer, or the budget is spent.
pub(crate) async fn roster(
    tx: &mut Tx,
    scope: &ProgramScope,
    zone: Zone,
    window: Span,
    budget: &dyn Budget,
) -> Result<Vec<RosterEntry>, AvailabilityError> {
    Ok(store::roster_facts(tx, scope, zone, window).await?.entries(budget)?)
}

/// The counselors on line duty in a span, and the requirements of the program.
///
/// # Errors
/// When the database does not answer, or the budget is spent.
pub(crate) async fn duty(
    tx: &mut Tx,
    scope: &ProgramScope,
    zone: Zone,
    within: Span,
    budget: &dyn Budget,
) -> Result<Duty, AvailabilityError> {
    let times = on_line(&roster(tx, scope, zone, within, budget).await?);
    Ok(store::duty_of(tx, scope, times).await?)
}
