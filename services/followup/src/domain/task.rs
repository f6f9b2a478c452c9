//! What followup owes to intake.

use harborline_types::{PlanId, subject, text_enum};

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

subject! {
    /// One attempt of one plan.
    pub struct AttemptOf {
        /// The plan.
        pub plan: PlanId,
        /// Which of its attempts, from 1.
        pub number: i32,
    }
}
