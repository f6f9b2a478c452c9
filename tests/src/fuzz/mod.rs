//! Requests that nobody would send: made from the contracts' descriptors, then spoiled.
//!
//! Everything follows from a seed, so that what was found once is found again. The generator is written out here: one of
//! a library may answer other numbers in its next version, and saved seeds would mean nothing.

mod message;
mod spoil;

pub use message::{Method, methods};
pub(crate) use message::{server, sound_text};

/// Numbers that follow from a seed (splitmix64).
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// The numbers of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `sides`, which is not 0.
    pub fn below(&mut self, sides: usize) -> usize {
        (self.roll() % sides as u64) as usize
    }

    /// Whether something happens that happens once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A spoiled request for the method: one of the corpus or a new one, changed in a few places.
pub fn request(method: &Method, corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut message = match dice.below(4) {
        0 if !corpus.is_empty() => dice.pick(corpus).clone(),
        // Well formed, with impossible values: this reaches what stands behind decoding.
        1 | 2 => return method.wild(dice),
        _ => method.valid(dice),
    };
    for _ in 0..=dice.below(3) {
        spoil::once(&mut message, corpus, dice);
    }
    message
}
