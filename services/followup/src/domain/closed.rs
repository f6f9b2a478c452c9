//! What intake says of a contact that has ended, and whether that asks for somebody to be called.

use harborline_types::{Acuity, CallerKind, ContactId, ParticipantId, Timestamp};

use super::schedule::{Schedules, is_very_urgent};

/// How a contact ended, as far as it matters to when the person is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactEnding {
    /// Closed by its counselor at the end of the conversation.
    Closed,
    /// The caller broke off.
    BrokenOff,
    /// The caller had left when the counselor's connection was lost, or a supervisor decided that the person is called.
    CallBack,
    /// The backup line has the caller.
    HandedOff,
}

/// What intake says of a contact that has ended.
#[derive(Clone)]
pub struct Closed {
    /// Which.
    pub contact: ContactId,
    /// The contact in which the caller was back, and whose end asks; `None`: [`Self::contact`] itself.
    pub returned: Option<ContactId>,
    /// `None` for an unknown caller. Of a family member's contact it is whom they called about.
    pub participant: Option<ParticipantId>,
    /// How urgent it was.
    pub acuity: Acuity,
    /// Who reached out.
    pub caller: CallerKind,
    /// When it ended.
    pub at: Timestamp,
    /// How it ended.
    pub ending: ContactEnding,
    /// Whether there is a number to call back.
    pub reachable: bool,
    /// Reasons of the assessment, for the digest.
    pub reasons: Vec<String>,
    /// Counts what intake has asked for this contact, from 1.
    pub sequence: i64,
    /// Opens a plan that has ended: a supervisor decided so, or a follow-up call found what asks for another.
    pub again: bool,
}

impl Closed {
    /// Whether an attempt is made for this contact at `acuity`: its acuity asks for one, or how it ended does.
    ///
    /// A caller whom we lost, or whom the backup line took, is called at any acuity, but for a family member: they are
    /// called for their acuity alone.
    pub(super) fn asks_for_attempts(&self, acuity: Acuity, schedules: &Schedules) -> bool {
        let ending_asks = matches!(self.ending, ContactEnding::CallBack | ContactEnding::HandedOff)
            && self.caller != CallerKind::FamilyMember;
        self.acuity_asks(acuity, schedules) || (ending_asks && self.has_way_back())
    }

    /// Whether `acuity` alone asks for attempts, where the caller can be called.
    ///
    /// A family member is called without a consent of their own only at acuity 1 and 2: they told of a life in danger,
    /// perhaps of an attempt in progress, and left their own number.
    pub(super) fn acuity_asks(&self, acuity: Acuity, schedules: &Schedules) -> bool {
        let may_be_called = self.caller != CallerKind::FamilyMember || is_very_urgent(acuity);
        schedules.of(acuity).max_attempts > 0 && may_be_called && self.has_way_back()
    }

    /// Intake knows how to call a participant. A family member's contact may name a participant, which is no way back
    /// to the family member.
    fn has_way_back(&self) -> bool {
        self.reachable || (self.participant.is_some() && self.caller != CallerKind::FamilyMember)
    }
}
