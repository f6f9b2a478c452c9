//! Reads `postmaster.pid`, by which Postgres tells who runs a data folder, on which port, and how far it has come.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The postmaster that runs a data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Postmaster {
    pub(crate) pid: u32,
    /// Absent while it has not written so far.
    pub(crate) port: Option<u16>,
    pub(crate) phase: Phase,
}

/// What the postmaster says of itself in line 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not yet accepting connections, or silent about it.
    Starting,
    /// Accepting connections.
    Ready,
    /// Shutting down.
    Stopping,
}

/// Where Postgres keeps the file.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("postmaster.pid")
}

/// What the file says, alive or not; nothing if there is none or it is still being written.
pub(crate) fn read(data_dir: &Path) -> io::Result<Option<Postmaster>> {
    match fs::read_to_string(path(data_dir)) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The postmaster of `data_dir` (a canonical path), if it is alive.
///
/// A file whose process id now belongs to somebody else is removed: Postgres would take the stranger for its
/// predecessor and refuse to start. A file whose process is gone is left to Postgres, which looks for surviving
/// backends before it removes it.
pub(crate) fn living(data_dir: &Path) -> io::Result<Option<Postmaster>> {
    let Some(postmaster) = read(data_dir)? else { return Ok(None) };
    if is_postmaster_of(postmaster.pid, data_dir) {
        return Ok(Some(postmaster));
    }
    if exists(postmaster.pid) {
        tracing::info!(pid = postmaster.pid, "removing a stale postmaster.pid: its process id belongs to another");
        fs::remove_file(path(data_dir))?;
    }
    Ok(None)
}

/// Whether the process is alive and is the postmaster of `data_dir` (a canonical path).
///
/// A postmaster's working folder is its data folder; a process that has ended but was not yet waited for has none.
pub(crate) fn is_postmaster_of(pid: u32, data_dir: &Path) -> bool {
    if !cfg!(target_os = "linux") {
        return exists(pid);
    }
    match fs::read_link(format!("/proc/{pid}/cwd")) {
        Ok(folder) => folder == data_dir,
        // Somebody else's process: not ours to look into, so believe the file.
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    }
}

/// Whether any process has this id, ended but not waited for included.
fn exists(pid: u32) -> bool {
    let Some(pid) = process_id(pid) else { return false };
    rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
}

/// The id in the form that signals need; nothing for ids that no process can have.
pub(crate) fn process_id(pid: u32) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)
}

fn parse(text: &str) -> Option<Postmaster> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let pid = lines.first()?.parse().ok()?;
    let port = lines.get(3).and_then(|line| line.parse().ok());
    let phase = match lines.get(7) {
        Some(&"ready") => Phase::Ready,
        Some(&"stopping") => Phase::Stopping,
        _ => Phase::Starting,
    };
    Some(Postmaster { pid, port, phase })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_running_postmaster_are_understood() {
        let text = "4711\n/data\n1764000000\n21543\n\n127.0.0.1\n  5432001     98304\nready   \n";
        let expected = Postmaster { pid: 4711, port: Some(21543), phase: Phase::Ready };
        assert_eq!(parse(text), Some(expected));
    }

    #[test]
    fn a_file_that_is_still_being_written_is_a_start_in_progress() {
        assert_eq!(parse("4711\n/data\n"), Some(Postmaster { pid: 4711, port: None, phase: Phase::Starting }));
        assert_eq!(parse(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_id_that_belongs_to_another_program_is_not_taken_for_the_postmaster() {
        let data_dir = tempfile::tempdir().unwrap();
        let folder = data_dir.path().canonicalize().unwrap();
        fs::write(path(&folder), format!("{}\n{}\n1\n21543\n", std::process::id(), folder.display())).unwrap();
        assert_eq!(living(&folder).unwrap(), None);
        assert!(!path(&folder).exists());
    }
}
