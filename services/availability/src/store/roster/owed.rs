//! The duties that a change of the roster owes.

use harborline_duties::Owed;
use harborline_store::Tx;

use crate::domain::task::Task;

/// Owes the checks for holes, of the on-call ladder, and for credentials that are about to end.
pub(crate) fn roster_changed(tx: &mut Tx) {
    tx.owe(Owed::now(Task::Coverage, "next-day"));
    tx.owe(Owed::now(Task::Ladder, "ladder"));
    tx.owe(Owed::now(Task::Credentials, "expiring"));
}
