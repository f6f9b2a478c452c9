//! What is read of a pool in one scan, before the matcher keeps it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use harborline_types::{Channel, PersonId, Timestamp};
use uuid::Uuid;

use crate::domain::{Counselor, FatigueRules, OfferState, ResponseTimes, Strain, Ticket};

/// The open state of a pool.
#[derive(Clone, Debug)]
pub struct PoolState {
    /// Every ticket that waits, is assigned, or is in wrap-up.
    pub tickets: Vec<OpenTicket>,
    /// Every counselor on duty.
    pub counselors: Vec<OnDuty>,
    /// When each replica that holds Attend streams was heard last. Real time.
    pub replicas: HashMap<Uuid, Timestamp>,
    /// The times that decisions follow.
    pub times: Times,
    /// Now on the domain's clock: credentials are valid by it.
    pub today: Timestamp,
}

/// The times that decisions follow. Real time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// How fast the pool answers.
    pub response: ResponseTimes,
    /// When a counselor has had enough for now.
    pub fatigue: FatigueRules,
    /// How long the counselor whom the caller knows goes before others.
    pub preferred: Duration,
    /// After this silence of a replica its Attend streams count as broken.
    pub silence: Duration,
}

/// A slot that is held, in its epoch: the key of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its number among the counselor's.
    pub number: i16,
    /// The how-many-eth time that it is held.
    pub epoch: i32,
}

/// A ticket that waits or holds slots.
#[derive(Clone, Debug)]
pub struct OpenTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// The slots that its offer holds.
    pub slots: Vec<Slot>,
    /// When its open offer runs out. Real time.
    pub expires_at: Option<Timestamp>,
    /// Who gave an offer for it, or a race for it, back.
    pub declined: Vec<PersonId>,
    /// Who let one run out.
    pub silent: Vec<PersonId>,
    /// For a ticket beside another, and for an emergency, while it is looked at: who is in the contact, or asked for it,
    /// and so is not asked now.
    pub within: Vec<PersonId>,
}

impl OpenTicket {
    /// A ticket for which nobody was asked yet.
    pub fn new(ticket: Ticket) -> Self {
        Self { ticket, slots: vec![], expires_at: None, declined: vec![], silent: vec![], within: vec![] }
    }

    /// Notes how an offer for it ended.
    pub(super) fn note(&mut self, asked: &PersonId, ended: OfferState) {
        match ended {
            OfferState::Declined => self.declined.push(asked.clone()),
            OfferState::Expired => self.silent.push(asked.clone()),
            _ => {}
        }
    }

    /// Whether it needs, or takes, the whole of a counselor.
    pub fn is_exclusive(&self) -> bool {
        self.ticket.need.channel != Channel::Message
    }
}

/// A counselor on duty.
#[derive(Clone, Debug)]
pub struct OnDuty {
    /// Who, and what they can do.
    pub counselor: Counselor,
    /// The Attend stream that was opened last: who ends the presence must know of it.
    pub session: Uuid,
    /// The Attend streams that are open, each with the replica that holds it.
    pub streams: BTreeMap<Uuid, Uuid>,
    /// When one of them broke last; on record only while none is open. Real time.
    pub disconnected_at: Option<Timestamp>,
    /// Takes no new offers for now.
    pub on_break: bool,
    /// Takes no new offers any more.
    pub leaving: bool,
    /// Offers in a row that ran out; of who is on a break, those that it began with.
    pub silent_count: i16,
    /// Since when the counselor had nothing new. Real time.
    pub idle_since: Timestamp,
    /// What the day has been so far.
    pub strain: Strain,
    /// The last epoch of each slot, by the slot's number; none yet is 0.
    pub epochs: Vec<i32>,
}
