//! What the record of accesses says of a call: which kind of act it was, and to whom something was disclosed.

use std::pin::Pin;

use harborline_status::ServiceError;
use harborline_types::text_enum;

use crate::Call;

text_enum! {
    /// Whether a kind of call touches health information, and so goes on record.
    pub enum Recording {
        /// It shows health information: on record before the answer leaves.
        Read = "read",
        /// It changes health information: on record in the transaction of the change.
        Write = "write",
        /// It touches none.
        None = "none",
    }
}

text_enum! {
    /// What somebody did with health information.
    pub enum Act {
        /// Looked at it.
        Read = "read",
        /// Changed it.
        Write = "write",
        /// Asked for it and was refused.
        Deny = "deny",
        /// Had it handed to somebody outside the program.
        Disclose = "disclose",
        /// Looked at it in an emergency, past what is permitted otherwise.
        BreakGlass = "break_glass",
        /// Asked for it, and nobody could say whether they may: they were shown nothing.
        Undecided = "undecided",
    }
}

/// An act that is more than the read or write that its kind of call is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedAct {
    /// What it was.
    pub act: Act,
    /// To whom something was disclosed: an id, never a name.
    pub recipient: Option<String>,
    /// What permits it: a word of the rules, or the id of a consent or of an emergency record.
    pub basis: Option<String>,
}

/// Puts calls on record that have not done so in a transaction of their own.
pub trait AccessLog: Send + Sync {
    /// Puts a call on record that was answered. Done when the row is durable.
    fn answered(&self, call: &Call) -> Recorded;

    /// Puts a call on record that was refused. Done when the row is durable.
    fn refused(&self, call: &Call) -> Recorded;
}

/// Being put on record: done when the row is durable, or an error that the caller of the call may be told.
pub type Recorded = Pin<Box<dyn Future<Output = Result<(), ServiceError>> + Send>>;
