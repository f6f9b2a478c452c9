//! What followup owes to intake.

use std::fmt;
use std::str::FromStr;

use harborline_types::{PlanId, text_enum};

text_enum! {
    /// A kind of duty.
    pub enum Task {
        /// Have an outbound contact opened when an attempt is due. The subject is an [`AttemptOf`].
        Attempt = "attempt",
        /// Tell that an attempt was not made by its latest time. The subject is the plan.
        Overdue = "overdue",
        /// Tell that no follow-up of a contact is left. The subject is the contact.
        Ended = "ended",
    }
}

/// One attempt of one plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptOf {
    /// The plan.
    pub plan: PlanId,
    /// Which of its attempts, from 1.
    pub number: i32,
}

impl fmt::Display for AttemptOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.plan, self.number)
    }
}

impl FromStr for AttemptOf {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (plan, number) = text.split_once('/').ok_or(())?;
        Ok(Self { plan: plan.parse().map_err(drop)?, number: number.parse().map_err(drop)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_back_as_itself() {
        let subject = AttemptOf { plan: PlanId::new(), number: 2 };
        assert_eq!(subject.to_string().parse(), Ok(subject));
        assert_eq!("2".parse::<AttemptOf>(), Err(()));
    }
}
