//! Sets of seats, as bits: whoever fits a need is a few dozen machine words of AND, however many are on duty.

/// A set of small numbers. Words beyond the end are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Puts a number in, or takes it out.
    pub(super) fn set(&mut self, index: usize, is_in: bool) {
        let (word, bit) = (index / 64, 1 << (index % 64));
        if is_in {
            if self.0.len() <= word {
                self.0.resize(word + 1, 0);
            }
            self.0[word] |= bit;
        } else if let Some(word) = self.0.get_mut(word) {
            *word &= !bit;
        }
    }

    pub(super) fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }

    /// Keeps what is in the other one too.
    pub(super) fn and(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    /// What is in, and not in the other one.
    pub(super) fn without(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        rest.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
        rest
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many are in both.
    pub(super) fn count_with(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).map(|(word, other)| (word & other).count_ones() as usize).sum()
    }

    /// What is in both, ascending.
    pub(super) fn common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = usize> + 'a {
        self.0.iter().zip(&other.0).enumerate().flat_map(|(at, (word, other))| ones(at, word & other))
    }

    /// What is in, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| ones(at, *word))
    }
}

fn ones(at: usize, mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(at * 64 + bit)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_are_a_set(ones in prop::collection::btree_set(0_usize..300, 0..40), others in prop::collection::btree_set(0_usize..300, 0..40)) {
            let bits = |set: &BTreeSet<usize>| {
                let mut bits = Bits::default();
                bits.set(299, true);
                set.iter().for_each(|index| bits.set(*index, true));
                bits.set(299, set.contains(&299));
                bits
            };
            let (mut one, other) = (bits(&ones), bits(&others));
            let both: Vec<usize> = ones.intersection(&others).copied().collect();
            prop_assert_eq!(one.iter().collect::<Vec<_>>(), ones.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(one.common(&other).collect::<Vec<_>>(), both.clone());
            prop_assert_eq!((one.count(), one.count_with(&other)), (ones.len(), both.len()));
            prop_assert_eq!(one.is_empty(), ones.is_empty());
            let rest: Vec<usize> = ones.difference(&others).copied().collect();
            prop_assert_eq!(one.without(&other).iter().collect::<Vec<_>>(), rest);
            one.and(&other);
            prop_assert_eq!(one.iter().collect::<Vec<_>>(), both);
        }
    }
}
