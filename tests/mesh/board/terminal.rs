//! The real binary at a terminal of its own.

use std::io::{Read, Write};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use harborline_testkit::wait_until;
use harborline_tests::binary;
use pty_process::blocking::{Command, Pty, open};
use rustix::termios::{LocalModes, tcgetattr};
use vt100::Screen;

use super::emulator::{Emulator, Frame, Size};

/// A program that runs at a terminal, and what that terminal has shown.
pub(super) struct Terminal {
    pty: Arc<Pty>,
    program: Child,
    emulator: Arc<Mutex<Emulator>>,
    reading: JoinHandle<()>,
}

impl Terminal {
    /// Starts the binary at a terminal of this size.
    pub(super) fn run(arguments: &[&str], size: Size) -> Self {
        let (pty, other_end) = open().expect("there is a terminal to be had");
        pty.resize(pty_process::Size::new(size.0, size.1)).expect("a terminal has a size");
        let program = Command::new(binary()).args(arguments).spawn(other_end).expect("the binary starts");
        let (pty, emulator) = (Arc::new(pty), Arc::new(Mutex::new(Emulator::new(size))));
        let reading = std::thread::spawn({
            let (pty, emulator) = (pty.clone(), emulator.clone());
            move || {
                let mut bytes = [0; 4_096];
                // An error is how a terminal says that nobody is at its other end any more.
                while let Ok(read @ 1..) = (&*pty).read(&mut bytes) {
                    locked(&emulator).take(&bytes[..read]);
                }
            }
        });
        Self { pty, program, emulator, reading }
    }

    /// The first draw of all so far, or of those to come, that is as meant.
    pub(super) async fn until(&self, what: &str, meant: impl Fn(&Frame) -> bool) -> Frame {
        let mut looked_at = 0;
        wait_until(what, || {
            let emulator = locked(&self.emulator);
            assert!(emulator.faults().is_empty(), "{}", emulator.faults().join("\n"));
            let found = emulator.frames()[looked_at..].iter().find(|frame| meant(frame)).cloned();
            looked_at = emulator.frames().len();
            std::future::ready(found)
        })
        .await
    }

    pub(super) fn press(&self, key: &str) {
        (&*self.pty).write_all(key.as_bytes()).expect("a key is pressed");
    }

    pub(super) fn resize(&self, size: Size) {
        locked(&self.emulator).resize(size);
        self.pty.resize(pty_process::Size::new(size.0, size.1)).expect("a terminal has a size");
    }

    /// Whether the terminal gathers lines and shows what is typed, as a shell wants it.
    pub(super) fn is_a_shells(&self) -> bool {
        let modes = tcgetattr(&*self.pty).expect("a terminal has modes").local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// What was wrong with how it was drawn on; empty if nothing was.
    pub(super) fn faults(&self) -> String {
        locked(&self.emulator).faults().join("\n")
    }

    /// What is on the screen now.
    pub(super) fn screen(&self) -> Screen {
        locked(&self.emulator).screen().clone()
    }

    /// Waits until the program has ended and its last word is on the screen; answers how it ended.
    pub(super) async fn ended(&mut self) -> ExitStatus {
        let (program, reading) = (&mut self.program, &self.reading);
        wait_until("the program ends", || {
            let ended = program.try_wait().expect("it is a child");
            std::future::ready(ended.filter(|_| reading.is_finished()))
        })
        .await
    }
}

impl Drop for Terminal {
    /// A test that fails leaves no program behind.
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn locked(emulator: &Mutex<Emulator>) -> MutexGuard<'_, Emulator> {
    emulator.lock().unwrap_or_else(PoisonError::into_inner)
}
