//! What a panic leaves in the log: where it happened, and nothing of what it says.
//!
//! A panic's text is made of whatever the code had at hand, and that may be what somebody said in confidence. The
//! standard hook prints it to standard error.

use std::panic::{PanicHookInfo, set_hook};
use std::thread;

/// From now on a panic of this process is one log line: file, line and thread. Its own text is never looked at.
pub fn log_panics_by_location() {
    set_hook(Box::new(log));
}

fn log(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(|at| format!("{}:{}:{}", at.file(), at.line(), at.column()));
    let thread = thread::current();
    tracing::error!(
        location = location.as_deref().unwrap_or("unknown"),
        thread = thread.name().unwrap_or("unnamed"),
        "panicked"
    );
}
