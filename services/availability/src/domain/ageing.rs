//! How a long wait moves a ticket ahead of more urgent ones.
//!
//! By riskiest first alone a routine contact would wait for as long as more urgent ones come. With ageing it counts one
//! acuity more urgent after each such wait, for its place in the queue and for nothing else, and at most as acuity 3:
//! contacts of acuity 1 and 2 are never overtaken.

use std::time::Duration;

use harborline_types::Acuity;

/// The most urgent acuity that a ticket may count as by its wait.
const MOST_URGENT: Acuity = Acuity::High;

/// The wait that moves a ticket ahead by one acuity. By default none does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ageing {
    /// Zero: never.
    after: Duration,
}

impl Ageing {
    /// A ticket counts one acuity more urgent for each wait of this length; zero: it does not age. Real time.
    pub fn after(wait: Duration) -> Self {
        Self { after: wait }
    }

    /// The wait that moves a ticket ahead by one acuity.
    pub fn wait(self) -> Duration {
        self.after
    }

    /// What a ticket of this acuity counts as for its place in the queue after so long a wait: its own acuity, or a
    /// more urgent one down to 3.
    pub fn counts_as(self, acuity: Acuity, waited: Duration) -> Acuity {
        let earlier = Acuity::ALL.into_iter().filter(|other| (MOST_URGENT..acuity).contains(other)).rev();
        let aged = earlier.zip(self.waits()).take_while(|(_, wait)| *wait <= waited);
        aged.last().map_or(acuity, |(counts_as, _)| counts_as)
    }

    /// The next wait after which it counts as more urgent; none when it does not any more.
    pub fn next_change(self, acuity: Acuity, waited: Duration) -> Option<Duration> {
        let steps = acuity.level().saturating_sub(MOST_URGENT.level());
        self.waits().take(steps.into()).find(|wait| *wait > waited)
    }

    /// The waits that move a ticket; none without ageing.
    fn waits(self) -> impl Iterator<Item = Duration> {
        let ages = !self.after.is_zero();
        (1_u32..).take_while(move |_| ages).map(move |step| self.after.saturating_mul(step))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    #[test]
    fn each_wait_counts_one_acuity_up_to_acuity_3() {
        let ageing = Ageing::after(minutes(10));
        let counts_as = |acuity, waited| ageing.counts_as(acuity, minutes(waited));
        use Acuity::{Emergency, High, Moderate, Routine, VeryHigh};
        assert_eq!(
            [0, 9, 10, 19, 20, 30, 9_000].map(|waited| counts_as(Routine, waited)),
            [Routine, Routine, Moderate, Moderate, High, High, High]
        );
        assert_eq!([9, 10, 20].map(|waited| counts_as(Moderate, waited)), [Moderate, High, High]);
        for acuity in [Emergency, VeryHigh, High] {
            assert_eq!(counts_as(acuity, 9_000), acuity);
        }
    }

    #[test]
    fn without_ageing_nothing_moves() {
        for acuity in Acuity::ALL {
            assert_eq!(Ageing::default().counts_as(acuity, Duration::MAX), acuity);
            assert_eq!(Ageing::default().next_change(acuity, Duration::ZERO), None);
        }
    }

    proptest! {
        #[test]
        fn a_place_changes_at_the_instant_it_names(level in 1_u8..=5, after in 0_u64..50, waited in 0_u64..200) {
            let (ageing, acuity) = (Ageing::after(minutes(after)), Acuity::from_level(level).unwrap());
            let at = |waited| ageing.counts_as(acuity, waited);
            let now = at(minutes(waited));
            prop_assert!(now <= acuity && (now == acuity || now >= MOST_URGENT));
            match ageing.next_change(acuity, minutes(waited)) {
                None => prop_assert_eq!(at(Duration::MAX), now),
                Some(next) => {
                    prop_assert!(next > minutes(waited));
                    prop_assert_eq!(at(next - Duration::from_nanos(1)), now);
                    prop_assert_eq!(at(next).level() + 1, now.level());
                }
            }
        }
    }
}
