//! The duties that follow from a plan's state.

use harborline_duties::Owed;
use harborline_store::Tx;

use crate::domain::plan::Plan;
use crate::domain::task::{AttemptOf, Task};

/// Brings the duties of a plan in line with its state, in the transaction that changes it. An open plan owes `attempt` at
/// the planned attempt's `due_at` and `overdue` at its `due_by`; an ended one owes `ended`; all others are cancelled.
pub(crate) fn plan_owe(tx: &mut Tx, plan: &Plan) {
    if plan.state.end().is_some() {
        tx.cancel(Task::Overdue, plan.id);
        return tx.owe(Owed::now(Task::Ended, plan.contact));
    }
    tx.cancel(Task::Ended, plan.contact);
    // While the attempt is underway, intake tells how it ends.
    if let Some(planned) = plan.planned() {
        let subject = AttemptOf { plan: plan.id, number: planned.number };
        tx.owe(Owed::at(Task::Attempt, subject, planned.due_at));
    }
    // Taken back first, since what is owed already keeps the earlier instant, and an attempt that was made puts it off.
    tx.cancel(Task::Overdue, plan.id);
    if let Some(awaited) = plan.awaited() {
        tx.owe(Owed::at(Task::Overdue, plan.id, awaited.due_by));
    }
}
