//! Computations give way.

/// How far behind: a tenth of the share of a thread that does not give way.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Lets the threads of this process that answer contacts go before this one. Where that cannot be said, the number of such
/// threads is the only limit.
#[cfg(target_os = "linux")]
pub(crate) fn give_way() {
    // Of a thread on Linux, of the whole process elsewhere.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "a computation runs with the priority of the process");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn give_way() {}
