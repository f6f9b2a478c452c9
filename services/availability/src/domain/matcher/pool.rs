//! What a round decides about.

use std::time::Duration;

use harborline_types::{Channel, PersonId, Timestamp};
use uuid::Uuid;

use crate::domain::{Counselor, ResponseTimes, Ticket};

/// The open state of a pool.
#[derive(Clone, Debug)]
pub struct PoolState {
    /// Every ticket that waits, is assigned, or is in wrap-up.
    pub tickets: Vec<OpenTicket>,
    /// Every counselor on duty.
    pub counselors: Vec<OnDuty>,
    /// How fast the pool answers.
    pub times: ResponseTimes,
    /// How long the counselor whom the caller knows goes before others.
    pub preferred: Duration,
    /// Real time, by the database's clock.
    pub now: Timestamp,
    /// Now on the domain's clock: credentials are valid by it.
    pub today: Timestamp,
}

/// A ticket that waits or holds slots.
#[derive(Clone, Debug)]
pub struct OpenTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// The slots that its offer holds.
    pub slots: Vec<i16>,
    /// When its open offer runs out. Real time.
    pub expires_at: Option<Timestamp>,
    /// Who gave an offer for it back.
    pub declined: Vec<PersonId>,
    /// Who let an offer for it run out.
    pub silent: Vec<PersonId>,
}

impl OpenTicket {
    /// Whether it needs, or takes, the whole of a counselor.
    pub fn is_exclusive(&self) -> bool {
        self.ticket.need.channel != Channel::Message
    }
}

/// Whether the counselor's Attend stream is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// It is; if nothing is heard of its replica, it counts as broken from this real instant on.
    Open {
        /// When its replica's silence would count.
        silent_at: Timestamp,
    },
    /// It broke, or its replica fell silent, at this real instant.
    Broken {
        /// When.
        since: Timestamp,
    },
}

/// A counselor on duty.
#[derive(Clone, Debug)]
pub struct OnDuty {
    /// Who, and what they can do.
    pub counselor: Counselor,
    /// The Attend stream that counts.
    pub session: Uuid,
    /// Whether it is open.
    pub connection: Connection,
    /// Takes no new offers for now.
    pub on_break: bool,
    /// Takes no new offers any more.
    pub leaving: bool,
    /// Offers in a row that ran out.
    pub silent_count: i16,
    /// Since when the counselor had nothing new. Real time.
    pub idle_since: Timestamp,
}
