//! Tickets beside the one that answers a contact: another counselor is asked to join it, or to take it over.
//!
//! # Design
//! A contact has one ticket that answers it, from the queue to the end ([`TicketKind::Answer`]): the counselor of that
//! ticket has the contact. A transfer or a conference is a ticket of its own *beside* it, which goes through the same
//! queue by the contact's acuity and its own wait, is offered, declined, widened and paged for like any other, and
//! changes nothing for the caller until a counselor has accepted:
//! - **cold**: the counselor who accepts has the contact from that round on;
//! - **warm**: the counselor who accepts joins the conversation, and the giver keeps the contact (and custody, P4)
//!   until `CompleteTransfer`. If the giver does not reconnect within the grace, the contact is handed over: the
//!   counselor who has joined is there;
//! - **conference**: the counselor who accepts joins, and nothing is handed over. The supervisor on call, if on duty,
//!   is asked to join every contact of acuity 1 as soon as a counselor has it, without a request;
//! - **race** (parallel offer): an emergency that is offered to one counselor is offered to a few others at once, each
//!   by a ticket of this kind, and the first counselor to accept has the contact. Such a ticket never waits and is
//!   never accepted: it is there while its offer is open. When a counselor accepts its offer, the contact's own ticket
//!   withdraws its first offer, goes on with the counselor's offer and slots, and is accepted, as its next assignment;
//!   all other offers for the contact are withdrawn in the same round. If the counselor whom the contact's own ticket
//!   asked declines and no other is free, the own ticket goes on with a parallel offer in the same way, without being
//!   accepted: it is offered for as long as any counselor is asked.
//!
//! When the contact is handed over, the two tickets *swap* their offers: the contact's own ticket goes on with the new
//! counselor, their offer and slots, as its next assignment; the other one keeps the giver's slots for the wrap-up. So
//! everything else (release, loss, assignment numbers, news for intake) knows one ticket a contact, and an ordinary
//! contact has no additional row.
//!
//! # Invariants
//! - No caller is lost: a ticket beside another never takes the contact from its counselor, and never leaves the queue
//!   to the backup line. It waits until a counselor accepts, the giver cancels, the giver is lost, or the contact ends.
//! - One open transfer a contact; any number of conferences.
//! - No counselor is asked to join a contact that they are in, nor asked for one contact twice at once. A counselor who
//!   declines a parallel offer has declined the contact.
//! - A parallel offer makes no contact wait. It asks counselors who are left over when the whole queue was served, and
//!   is withdrawn for a waiting contact that its counselor could take and no free counselor can.
//! - A parallel offer is there only beside a ticket of acuity 1 that is OFFERED.
//!
//! # Not chosen
//! A new ticket that becomes the contact's: every reader would have to know which of several is the one that counts. A
//! column of guests on the ticket: it could not be matched, offered or explained. Several open offers for one ticket:
//! the key by which a contact is never given to two counselors would be gone.

use harborline_types::{PersonId, TicketId, text_enum};

text_enum! {
    /// What a ticket is for.
    pub enum TicketKind {
        /// Answers the contact.
        Answer = "answer",
        /// A counselor joins, and takes the contact over when the giver completes the transfer.
        WarmTransfer = "warm_transfer",
        /// The counselor who accepts has the contact.
        ColdTransfer = "cold_transfer",
        /// A counselor joins; nothing is handed over.
        Conference = "conference",
        /// One of several parallel offers of an emergency: the first counselor to accept has the contact.
        Race = "race",
    }
}

impl TicketKind {
    /// Whether the contact goes over to the counselor who accepts.
    pub fn is_transfer(self) -> bool {
        matches!(self, Self::WarmTransfer | Self::ColdTransfer)
    }
}

text_enum! {
    /// Why another counselor is asked.
    pub enum AskedFor {
        /// To interpret.
        Interpreter = "interpreter",
        /// For a training that the counselor lacks.
        Skill = "skill",
        /// For a licensed clinician's judgment.
        Clinician = "clinician",
        /// For a supervisor.
        Supervision = "supervision",
        /// The counselor's shift ends.
        ShiftEnd = "shift_end",
        /// The counselor cannot be the one, for example because they know the caller.
        Conflict = "conflict",
        /// The caller wants another counselor.
        CallerWish = "caller_wish",
        /// A rule of the program wants a second counselor.
        ProgramRule = "program_rule",
    }
}

/// The counselors who may be asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// This person alone, however long that takes.
    Person(PersonId),
    /// Any counselor who meets the ticket's need. Its language and skills are never given up; standing and credential
    /// are, as the wait grows.
    Skilled,
    /// The supervisor on call of that moment.
    SupervisorOnCall,
}

/// The part that only a ticket beside another has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Never [`TicketKind::Answer`].
    pub kind: TicketKind,
    /// The ticket that answers the contact.
    pub of: TicketId,
    /// The counselor who asked; none for a race, which the matcher makes.
    pub by: Option<PersonId>,
    /// The counselors who may be asked.
    pub target: Target,
    /// Why; none for a race.
    pub why: Option<AskedFor>,
}
