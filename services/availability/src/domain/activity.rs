//! What a counselor is doing, as supervisors and the counselor see it.

/// What a counselor is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// Not on duty.
    Offline,
    /// Free.
    Available,
    /// An offer is on the screen.
    Offered,
    /// In a conversation.
    Engaged,
    /// Finishes the record of a conversation.
    WrappingUp,
    /// Takes no new offers for now.
    OnBreak,
    /// The connection broke; the grace runs.
    Reconnecting,
}

/// How many offers, conversations and wrap-ups a counselor has in hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// Offers that wait for an answer.
    pub offers: i64,
    /// Conversations.
    pub conversations: i64,
    /// Wrap-ups.
    pub wrap_ups: i64,
}

impl Activity {
    /// The activity of a counselor on duty. What concerns a caller goes before what concerns the counselor alone.
    pub fn on_duty(connected: bool, on_break: bool, workload: Workload) -> Self {
        match workload {
            _ if !connected => Self::Reconnecting,
            Workload { offers: 1.., .. } => Self::Offered,
            Workload { conversations: 1.., .. } => Self::Engaged,
            Workload { wrap_ups: 1.., .. } => Self::WrappingUp,
            _ if on_break => Self::OnBreak,
            _ => Self::Available,
        }
    }
}
