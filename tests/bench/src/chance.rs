//! Chance that is the same every time: a draw depends on the seed, on what it is for, and on nothing else.
//!
//! Each caller's own draws are the same under every policy (common random numbers), so that policies differ by what
//! they decide and not by luck. SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
//! 2014): ten lines that stay the same in every version of every library; nothing here is a secret.

use std::time::Duration;

/// A sequence of draws.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The draws of one seed for one purpose about one subject.
    pub(crate) fn of(seed: u64, purpose: &str, subject: u64) -> Self {
        let start = purpose.bytes().fold(seed, |state, byte| Self(state ^ u64::from(byte)).draw());
        Self(Self(start ^ subject.wrapping_mul(0xD6E8_FEB8_6659_FD93)).draw())
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Between 0 and 1, neither of them.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.draw() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// True in this share of all cases.
    pub(crate) fn happens(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// Evenly between two durations.
    pub(crate) fn between(&mut self, shortest: Duration, longest: Duration) -> Duration {
        shortest + longest.saturating_sub(shortest).mul_f64(self.unit())
    }

    /// Exponential with this mean.
    pub(crate) fn exponential(&mut self, mean: Duration) -> Duration {
        mean.mul_f64(-self.unit().ln())
    }

    /// Log-normal with this mean and a coefficient of variation of 1: most are short, a few are very long.
    pub(crate) fn skewed(&mut self, mean: Duration) -> Duration {
        let variance = std::f64::consts::LN_2;
        let (radius, angle) = ((-2.0 * self.unit().ln()).sqrt(), std::f64::consts::TAU * self.unit());
        mean.mul_f64((variance.sqrt() * radius * angle.cos() - variance / 2.0).exp())
    }

    /// One of these by their weights.
    pub(crate) fn one_of<T: Copy>(&mut self, weighted: &[(T, f64)]) -> Option<T> {
        let all: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let mut left = all * self.unit();
        let hit = weighted.iter().find(|(_, weight)| {
            left -= weight;
            left <= 0.0
        });
        hit.or(weighted.last()).map(|(one, _)| *one)
    }
}
