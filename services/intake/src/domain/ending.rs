//! How a contact ended and what came of an attempt, as followup is told.

/// How a contact ended, as far as that says when the person is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactEnding {
    /// At the end of the conversation.
    Closed,
    /// The caller left the queue or broke the conversation off.
    BrokenOff,
    /// The caller had left when the counselor's connection was lost, so nobody knows what was said last; or a supervisor
    /// decided that the person is called.
    CallBack,
    /// The backup line has the caller.
    HandedOff,
}

/// What came of an attempt to reach a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// A counselor spoke with the person.
    Reached,
    /// The person was called and not reached.
    NotReached,
    /// The person wants no more calls.
    Declined,
    /// No counselor was in the outbound contact: there was no attempt.
    NotMade,
}
