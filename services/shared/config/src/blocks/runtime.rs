//! `[runtime]`: the asynchronous runtime of the process.

use serde::Deserialize;

use crate::problems::{Problems, Validate};

/// The asynchronous runtime of the process.
#[derive(Debug, Clone, Deserialize)]
pub struct RuntimeSettings {
    /// Worker threads.
    pub worker_threads: usize,
}

impl Validate for RuntimeSettings {
    fn validate(&self, problems: &mut Problems) {
        problems.check("runtime.worker_threads", (1..=64).contains(&self.worker_threads), "between 1 and 64 threads");
    }
}
