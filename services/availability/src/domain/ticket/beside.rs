//! Tickets beside the one that answers a contact: somebody else is asked into it, or to take it over.
//!
//! # Design
//! A contact has one ticket that answers it, from the queue to the end ([`TicketKind::Answer`]): whoever has that one
//! has the contact. A transfer or a conference is a ticket of its own *beside* it, which goes through the same queue by
//! the contact's acuity and its own wait, is offered, declined, widened and paged for like any other, and changes nothing
//! for the caller until a human has accepted:
//! - **cold**: whoever accepts has the contact from that round on;
//! - **warm**: whoever accepts joins the conversation, and the giver keeps the contact (and custody, P4) until
//!   `CompleteTransfer`. A giver whose connection does not come back is taken as having handed over: a human who has
//!   accepted is there;
//! - **conference**: whoever accepts joins, and nothing is handed over. The supervisor on call, if on duty, is asked into
//!   every contact of acuity 1 as soon as a counselor has it, without anybody doing anything;
//! - **race**: an emergency that a counselor is asked for is offered to a few others at once, each by a ticket of this
//!   kind, and whoever accepts first has the contact. Such a ticket never waits and is never accepted: it is there while
//!   its offer is open. When somebody accepts it, the contact's own ticket takes its first offer back, goes on with the
//!   taker's offer and slots, and is accepted, as its next assignment; all other offers for the contact are taken back
//!   in the same round. So it does, without being accepted, when whom it asked said no and nobody else is free: the
//!   caller is offered to somebody as long as anybody is asked.
//!
//! When the contact goes over, the two tickets *swap* what they hold: the contact's own ticket goes on with the new
//! counselor, their offer and slots, as its next assignment; the other one keeps the giver's slots for the wrap-up. So
//! everything else (release, loss, assignment numbers, what intake is told) knows one ticket a contact, as before, and an
//! ordinary contact has no row more than it had.
//!
//! # Invariants
//! - Nobody is lost: a ticket beside another never moves the caller out of anybody's hands, and the backup line is no way
//!   out of it. It waits until somebody accepts, the giver cancels, the giver is lost, or the contact ends.
//! - One open transfer a contact; any number of conferences.
//! - Nobody is asked into a contact that they are in, nor for one contact twice at once; a no to a race is a no to the
//!   contact.
//! - A race makes nobody wait: it asks who is left over when the whole queue was served, and gives way to whoever waits,
//!   could be served by whom it asks, and by nobody free.
//! - A race is there only beside a ticket of acuity 1 that is OFFERED. Of other contacts there is no trace of it.
//!
//! # Not chosen
//! A new ticket that becomes the contact's: every reader would have to know which of several is the one that counts. A
//! column of guests on the ticket: it could not be matched, offered or explained. Several open offers for one ticket: the
//! key by which a contact is never given to two counselors would be gone.

use harborline_types::{PersonId, TicketId, text_enum};

text_enum! {
    /// What a ticket is for.
    pub enum TicketKind {
        /// Answers the contact.
        Answer = "answer",
        /// Somebody joins and takes the contact over when the giver says so.
        WarmTransfer = "warm_transfer",
        /// Whoever accepts has the contact.
        ColdTransfer = "cold_transfer",
        /// Somebody joins; nothing is handed over.
        Conference = "conference",
        /// One of several who are asked for an emergency at once: whoever accepts first has the contact.
        Race = "race",
    }
}

impl TicketKind {
    /// Whether the contact goes to whoever takes it.
    pub fn is_transfer(self) -> bool {
        matches!(self, Self::WarmTransfer | Self::ColdTransfer)
    }
}

text_enum! {
    /// Why somebody else is asked for.
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
        /// The caller wants somebody else.
        CallerWish = "caller_wish",
    }
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// This person and nobody else, however long that takes.
    Person(PersonId),
    /// Whoever meets the ticket's need. What is asked for (language, skills) is never given up; standing and credential
    /// are, as the wait grows.
    Skilled,
    /// Whoever is supervisor on call at that moment.
    SupervisorOnCall,
}

/// What makes a ticket one beside another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Never [`TicketKind::Answer`].
    pub kind: TicketKind,
    /// The ticket that answers the contact.
    pub of: TicketId,
    /// Who asked; none of a race, which nobody asks for.
    pub by: Option<PersonId>,
    /// Who is asked.
    pub target: Target,
    /// Why; none of a race.
    pub why: Option<AskedFor>,
}
