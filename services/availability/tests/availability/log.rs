//! The log of this process while tests run: one for all tests, so that it does not matter whose thread logs first.

use std::io::Write;
use std::sync::{Mutex, Once, PoisonError};

use tracing::Level;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Keeps warnings and errors from now on.
pub(crate) fn begin() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        tracing_subscriber::fmt().with_ansi(false).with_max_level(Level::WARN).with_writer(|| Log).init();
    });
}

/// The lines that hold a text.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let log = String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    log.lines().filter(|given| given.contains(text)).map(str::to_owned).collect()
}

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
