//! The duties that a change of the roster owes.

use harborline_duties::{Owed, owe};
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};

use crate::domain::task::Task;

/// Owes the checks for holes, of the on-call ladder, and for credentials that are about to end.
pub(crate) async fn roster_changed(tx: &mut Tx, scope: &ProgramScope) -> Result<(), StoreError> {
    owe(tx, scope, Owed::now(Task::Coverage, "next-day")).await?;
    owe(tx, scope, Owed::now(Task::Ladder, "ladder")).await?;
    owe(tx, scope, Owed::now(Task::Credentials, "expiring")).await
}
