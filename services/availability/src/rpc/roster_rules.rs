//! The roster rules, without which local days and times mean nothing, for the calls that need them; and roster entries
//! by those rules, for the wire.

use std::collections::BTreeSet;

use harborline_identity::ProgramScope;
use harborline_proto::availability::v1 as pb;
use harborline_store::Tx;
use harborline_types::PersonId;
use sqlx::{Executor, Postgres};

use crate::domain::shift::{RosterEntry, RosterRules};
use crate::error::AvailabilityError;
use crate::store;
use crate::wire::local::wire_entry;

/// The program's roster rules.
///
/// # Errors
/// `ROSTER_NOT_READY` when there are none.
pub(super) async fn required(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
) -> Result<RosterRules, AvailabilityError> {
    store::roster_rules(reader, scope).await?.ok_or(AvailabilityError::RosterNotReady)
}

/// Entries of a roster, for the wire: each on the program's clock and on the counselor's own.
pub(super) async fn wire_entries<'a>(
    tx: &mut Tx,
    scope: &ProgramScope,
    rules: RosterRules,
    entries: impl IntoIterator<Item = &'a RosterEntry>,
) -> Result<Vec<pb::RosterEntry>, AvailabilityError> {
    let entries: Vec<&RosterEntry> = entries.into_iter().collect();
    let people: BTreeSet<&PersonId> = entries.iter().map(|entry| &entry.counselor).collect();
    let own = store::zones_of(tx, scope, people).await?;
    let zone = |entry: &RosterEntry| own.get(&entry.counselor).copied().unwrap_or(rules.zone);
    Ok(entries.into_iter().map(|entry| wire_entry(entry, zone(entry))).collect())
}
