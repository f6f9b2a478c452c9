//! The duties that follow from a plan's state.

use harborline_duties::{Owed, cancel, owe};
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};

use crate::domain::plan::Plan;
use crate::domain::task::{AttemptOf, Task};

/// Brings the duties of a plan in line with its state, in the transaction that changes it. An open plan owes `attempt` at
/// the planned attempt's `due_at` and `overdue` at its `due_by`; an ended one owes `ended`; all others are cancelled.
pub(crate) async fn plan_owe(tx: &mut Tx, scope: &ProgramScope, plan: &Plan) -> Result<(), StoreError> {
    if plan.state.end().is_some() {
        cancel(tx, scope, Task::Overdue, plan.id).await?;
        return owe(tx, scope, Owed::now(Task::Ended, plan.contact)).await;
    }
    cancel(tx, scope, Task::Ended, plan.contact).await?;
    // While the attempt is underway, intake tells how it ends.
    if let Some(planned) = plan.planned() {
        let subject = AttemptOf { plan: plan.id, number: planned.number };
        owe(tx, scope, Owed::at(Task::Attempt, subject, planned.due_at)).await?;
    }
    // Taken back first, since what is owed already keeps the earlier instant, and an attempt that was made puts it off.
    cancel(tx, scope, Task::Overdue, plan.id).await?;
    match plan.awaited() {
        Some(awaited) => owe(tx, scope, Owed::at(Task::Overdue, plan.id, awaited.due_by)).await,
        None => Ok(()),
    }
}
