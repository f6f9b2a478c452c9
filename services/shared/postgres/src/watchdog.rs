//! Ends Postgres when the process that started it is gone, even if it was killed with SIGKILL.
//!
//! A small shell holds the read end of a pipe and this process the only write end; the kernel closes it whatever way
//! this process ends. Not chosen: the parent-death signal of Linux (it follows the thread that spawned, not the
//! process, and setting it needs unsafe code).

use std::{
    io::{self, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

use std::os::unix::process::CommandExt;

/// Waits for the end of the pipe, then interrupts Postgres: a fast shutdown. A line instead of the end calls it off. On
/// Linux it first makes sure that the process id still belongs to the postmaster of this data folder.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
read -r called_off && exit 0
if [ -d /proc/self ] && ! [ "/proc/$1/cwd" -ef "$2" ]; then exit 0; fi
kill -INT "$1"
"#;

/// Ends Postgres as soon as it is dropped or its process ends, unless it was called off.
pub(crate) struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Watches over the postmaster `pid` of `data_dir`.
    pub(crate) fn start(pid: u32, data_dir: &Path) -> io::Result<Self> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "harborline-postgres-watchdog"])
            .arg(pid.to_string())
            .arg(data_dir)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// Ends the watch without touching Postgres.
    pub(crate) fn call_off(mut self) {
        if let Some(mut pipe) = self.pipe.take() {
            // A failure means that the shell is gone already, which is what is wanted.
            let _ = pipe.write_all(b"stop\n");
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // The shell ends as soon as the pipe does; waiting leaves no zombie.
        let _ = self.shell.wait();
    }
}
