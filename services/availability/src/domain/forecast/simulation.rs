//! The same queue simulated event by event, to check the formulas against.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::Work;
use super::arrivals::HALF_HOUR;

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers everywhere and for ever.
struct Dice(u64);

impl Dice {
    /// Between 0 and 1, neither included.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((bits ^ (bits >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -self.roll().ln() * mean
    }
}

/// The figures of a simulation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) urgent_in_time: f64,
    pub(super) other_in_time: f64,
    pub(super) abandoned: f64,
    pub(super) mean_wait_seconds: f64,
}

#[derive(Default)]
struct Tally {
    arrived: [f64; 2],
    in_time: [f64; 2],
    abandoned: f64,
    waited: f64,
}

struct Waiting {
    since: f64,
    until: f64,
}

/// Plays `contacts` contacts through `counselors`; those of the first tenth are not counted, for the line begins empty.
pub(super) fn play(work: &Work, counselors: usize, in_time: f64, contacts: usize, seed: u64) -> Seen {
    let mut dice = Dice(seed);
    let between = HALF_HOUR.as_seconds_f64() / work.arrivals.total();
    let (handling, patience) = (work.handling.as_secs_f64(), work.patience.as_secs_f64());
    let urgent_part = work.arrivals.urgent / work.arrivals.total();
    let counted_from = between * contacts as f64 / 10.0;
    // Whole nanoseconds have an order; floats have none that a heap takes.
    let mut ends: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
    let mut queues: [VecDeque<Waiting>; 2] = Default::default();
    let mut tally = Tally::default();
    let mut now = 0.0;
    for _ in 0..contacts {
        now += dice.exponential(between);
        while let Some(Reverse(end)) = ends.peek().copied().filter(|Reverse(end)| *end as f64 / 1e9 <= now) {
            ends.pop();
            let free_at = end as f64 / 1e9;
            if answer_next(&mut queues, free_at, in_time, counted_from, &mut tally) {
                ends.push(Reverse(((free_at + dice.exponential(handling)) * 1e9) as u64));
            }
        }
        let class = usize::from(dice.roll() >= urgent_part);
        if now >= counted_from {
            tally.arrived[class] += 1.0;
        }
        if ends.len() < counselors {
            if now >= counted_from {
                tally.in_time[class] += 1.0;
            }
            ends.push(Reverse(((now + dice.exponential(handling)) * 1e9) as u64));
        } else {
            queues[class].push_back(Waiting { since: now, until: now + dice.exponential(patience) });
        }
    }
    let all: f64 = tally.arrived.iter().sum();
    Seen {
        urgent_in_time: tally.in_time[0] / tally.arrived[0],
        other_in_time: tally.in_time[1] / tally.arrived[1],
        abandoned: tally.abandoned / all,
        mean_wait_seconds: tally.waited / all,
    }
}

/// Gives a free counselor the next caller who has not given up; answers whether there was one.
fn answer_next(queues: &mut [VecDeque<Waiting>; 2], at: f64, in_time: f64, from: f64, tally: &mut Tally) -> bool {
    for (class, queue) in queues.iter_mut().enumerate() {
        while let Some(next) = queue.pop_front() {
            let (has_left, counts) = (next.until <= at, next.since >= from);
            if counts {
                tally.waited += next.until.min(at) - next.since;
                tally.abandoned += f64::from(u8::from(has_left));
                tally.in_time[class] += f64::from(u8::from(!has_left && at - next.since <= in_time));
            }
            if !has_left {
                return true;
            }
        }
    }
    false
}
