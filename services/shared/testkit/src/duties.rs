//! What a test does with the duties of its store.

use std::fmt::Display;

use harborline_store::Store;

use crate::owner;

/// Has a duty that is owed run again now, whatever it waits for: its time, or the pause after a failure.
///
/// # Panics
/// When no such duty is owed.
pub async fn run_again(store: &Store, kind: &str, subject: impl Display) {
    let now = "update duty set due_at = now(), retry_at = now() where kind = $1 and subject = $2";
    let changed = sqlx::query(now).bind(kind).bind(subject.to_string()).execute(&owner(store)).await;
    let changed = changed.expect("the database answers").rows_affected();
    assert_eq!(changed, 1, "the duty {kind} of {subject} is not owed");
}
