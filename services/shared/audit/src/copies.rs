//! Which checkpoints are written to the log: the copy outside of the database, out of reach of an attacker who cuts the chain.
//!
//! A program's newest one, once a minute while it changes and at the end of the process. All of them would be two thirds of
//! what a service logs.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use harborline_types::ProgramId;

use crate::checkpoint::Checkpoint;

/// Between two copies of a program's checkpoints.
const EVERY: Duration = Duration::from_secs(60);

/// What is copied and what is not yet.
#[derive(Default)]
pub(crate) struct Copies {
    copied_at: HashMap<ProgramId, Instant>,
    /// The newest checkpoint of each program that was sealed since its last copy.
    newest: HashMap<ProgramId, Checkpoint>,
}

impl Copies {
    /// A program's chain ends here now.
    pub(crate) fn note(&mut self, checkpoint: Checkpoint) {
        self.newest.insert(checkpoint.program, checkpoint);
    }

    /// What is to be copied now.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<Checkpoint> {
        let Self { copied_at, newest } = self;
        let is_due = |program: &ProgramId| copied_at.get(program).is_none_or(|at| now.duration_since(*at) >= EVERY);
        let due: Vec<_> = newest.extract_if(|program, _| is_due(program)).map(|(_, checkpoint)| checkpoint).collect();
        copied_at.extend(due.iter().map(|checkpoint| (checkpoint.program, now)));
        due
    }

    /// All that was not copied.
    pub(crate) fn rest(&mut self) -> Vec<Checkpoint> {
        self.newest.drain().map(|(_, checkpoint)| checkpoint).collect()
    }
}

#[cfg(test)]
mod tests {
    use harborline_identity::ServiceName;

    use super::*;
    use crate::checkpoint::SigningKey;

    #[test]
    fn the_newest_checkpoint_of_a_program_is_copied_once_a_minute_and_at_the_end() {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let key = SigningKey::from_pem(pair.serialize_pem().as_bytes()).unwrap();
        let program = ProgramId::new();
        let sealed = |position: i64| {
            let now = chrono::Utc::now();
            key.sign(ServiceName::Intake, program, position, [0; 32], now)
        };
        let (mut copies, begins) = (Copies::default(), Instant::now());
        let positions = |copied: Vec<Checkpoint>| copied.iter().map(|it| it.position).collect::<Vec<_>>();
        let mut copied = Vec::new();
        for second in 0_u32..100 {
            copies.note(sealed(second.into()));
            copied.extend(positions(copies.due(begins + Duration::from_secs(second.into()))));
        }
        assert_eq!(copied, [0, 60]);
        assert_eq!(positions(copies.rest()), [99]);
        assert!(copies.rest().is_empty());
    }
}
