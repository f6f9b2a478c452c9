//! Which replicas decide for the pools that this one does not decide for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use harborline_types::ProgramId;
use tokio::time::Instant;
use uuid::Uuid;

/// After a lease has ended its holder is asked for so long still, while this replica tries to get it: most renew.
const STILL: Duration = Duration::from_millis(250);

/// Who is known to decide. A hint to who does not any more is lost, and costs who asks a moment.
#[derive(Clone, Default)]
pub(crate) struct Leaders {
    known: Arc<Mutex<HashMap<ProgramId, (Uuid, Instant)>>>,
}

impl Leaders {
    /// Notes that this replica has a pool's lease, for so long at least.
    pub(super) fn note(&self, program: ProgramId, leader: Uuid, lease: Duration) {
        let until = Instant::now() + lease + STILL;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(program, (leader, until));
    }

    /// Who decides for a pool; none when nobody is known to.
    pub(super) fn of(&self, program: ProgramId) -> Option<Uuid> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&program).filter(|(_, until)| Instant::now() < *until).map(|(leader, _)| *leader)
    }
}
