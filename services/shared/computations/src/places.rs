//! Who may compute, and who is next.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harborline_types::ProgramId;
use tokio::sync::oneshot;

/// How many computations there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) at_once: usize,
    pub(crate) at_once_of_one_program: usize,
    pub(crate) waiting_of_one_program: usize,
}

/// The places of a process.
pub(crate) struct Places {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: HashMap<ProgramId, usize>,
    waiting: HashMap<ProgramId, VecDeque<oneshot::Sender<Place>>>,
    /// The programs that wait, the one whose turn it is first.
    turns: VecDeque<ProgramId>,
}

/// The program has as many waiting as one may have.
#[derive(Debug)]
pub(crate) struct TooManyWait;

/// A place, until it is dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    program: ProgramId,
    is_taken: bool,
}

impl Places {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, state: Mutex::default() })
    }

    pub(crate) fn apart(&self) -> Arc<Self> {
        Self::new(self.limits)
    }

    /// Waits for a place. Who stops waiting has none.
    pub(crate) async fn take(self: &Arc<Self>, program: ProgramId) -> Result<Place, TooManyWait> {
        let turn = {
            let mut state = self.state();
            let queue = state.waiting.entry(program).or_default();
            queue.retain(|waiter| !waiter.is_closed());
            if queue.len() >= self.limits.waiting_of_one_program {
                return Err(TooManyWait);
            }
            let (waiter, turn) = oneshot::channel();
            queue.push_back(waiter);
            if !state.turns.contains(&program) {
                state.turns.push_back(program);
            }
            self.give(&mut state);
            turn
        };
        // The queue is kept until its last waiter has gone.
        turn.await.map_err(|_| TooManyWait)
    }

    /// How many run, and how many wait.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.state();
        let waiting = state.waiting.values().flatten().filter(|waiter| !waiter.is_closed());
        (state.running.values().sum(), waiting.count())
    }

    /// Gives free places to those whose turn it is.
    fn give(self: &Arc<Self>, state: &mut State) {
        while state.running.values().sum::<usize>() < self.limits.at_once {
            let may = |program: &ProgramId| {
                state.running.get(program).copied().unwrap_or_default() < self.limits.at_once_of_one_program
            };
            let Some(index) = state.turns.iter().position(may) else { return };
            let Some(program) = state.turns.remove(index) else { return };
            let queue = state.waiting.entry(program).or_default();
            queue.retain(|waiter| !waiter.is_closed());
            let waiter = queue.pop_front();
            if queue.is_empty() {
                state.waiting.remove(&program);
            } else {
                state.turns.push_back(program);
            }
            let Some(waiter) = waiter else { continue };
            match waiter.send(Place { places: self.clone(), program, is_taken: true }) {
                Ok(()) => *state.running.entry(program).or_default() += 1,
                // The waiter has gone at this moment; its place was never counted.
                Err(mut place) => place.is_taken = false,
            }
        }
    }

    /// The tables are whole after every step, so a panic elsewhere does not spoil them.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn leave(&mut self, program: ProgramId) {
        if let Some(running) = self.running.get_mut(&program) {
            *running -= 1;
            if *running == 0 {
                self.running.remove(&program);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_taken {
            let mut state = self.places.state();
            state.leave(self.program);
            self.places.give(&mut state);
        }
    }
}
