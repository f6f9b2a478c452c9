//! One reach-out: what it is. What may happen to it is in [`super::transitions`].

use harborline_types::{
    Acuity, CallerKind, Channel, ClosingDuty, ContactId, ParticipantId, Person, PersonId, PlanId, Timestamp, text_enum,
};

use super::assessment::Assessment;
use super::closing::ClosingRefused;
use super::decision::{DecisionKind, Question};
use super::ending::{AttemptOutcome, ContactEnding};
use super::facts::CallBackRules;
use super::returning::{Carried, VerifiedCaller};
use super::task::Task;

text_enum! {
    /// Where a contact stands.
    pub enum ContactState {
        /// Durable, on its way to triage and into the queue.
        Received = "received",
        /// Waiting for a counselor.
        Waiting = "waiting",
        /// A counselor is in it.
        Answered = "answered",
        /// Ended by the counselor.
        Closed = "closed",
        /// The caller left before anybody answered.
        Left = "left",
        /// The backup line has the caller, as was confirmed.
        HandedOff = "handed_off",
    }
}

impl ContactState {
    /// Whether nothing changes the state any more.
    pub(crate) fn is_ended(self) -> bool {
        match self {
            Self::Received | Self::Waiting | Self::Answered => false,
            Self::Closed | Self::Left | Self::HandedOff => true,
        }
    }
}

text_enum! {
    /// Who began a contact.
    pub enum Direction {
        /// The caller.
        Inbound = "inbound",
        /// We: a follow-up.
        Outbound = "outbound",
    }
}

text_enum! {
    /// How a conversation ended.
    pub enum Outcome {
        /// Talked through; nothing more is needed now.
        Resolved = "resolved",
        /// Referred on.
        Referred = "referred",
        /// Emergency services took over.
        Rescued = "rescued",
        /// The caller broke off.
        Disconnected = "disconnected",
        /// A follow-up reached the participant.
        Reached = "reached",
        /// A follow-up did not reach the participant.
        NotReached = "not_reached",
        /// The participant wants no more follow-ups.
        Declined = "declined",
    }
}

impl Outcome {
    /// Whether only a follow-up can end so.
    pub(crate) fn is_of_follow_up(self) -> bool {
        matches!(self, Self::Reached | Self::NotReached | Self::Declined)
    }
}

text_enum! {
    /// What followup is asked for.
    pub enum FollowUpRequest {
        /// A plan, by how a contact ended.
        Plan = "plan",
        /// To call the person again, as a supervisor decided.
        CallAgain = "call_again",
        /// To call no more, as a supervisor decided.
        Stop = "stop",
        /// To call no more, because the caller is back: the end of the contact in which they are asks anew.
        CallerBack = "caller_back",
    }
}

/// The follow-up that an outbound contact makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FollowUp {
    /// The inbound contact that is followed up.
    pub(crate) origin: ContactId,
    pub(crate) plan: PlanId,
    /// From 1.
    pub(crate) attempt: i32,
}

/// What the queue was last asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Requested {
    pub(crate) acuity: Acuity,
    /// The sequence of the assessment that it was asked by.
    pub(crate) sequence: i64,
}

/// One reach-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) id: ContactId,
    pub(crate) state: ContactState,
    pub(crate) channel: Channel,
    pub(crate) caller: CallerKind,
    /// None for an unknown caller.
    pub(crate) participant: Option<ParticipantId>,
    pub(crate) language: String,
    pub(crate) jurisdiction: Option<String>,
    pub(crate) assessment: Assessment,
    /// What program rules ask for besides what the acuity does.
    pub(crate) rule_duties: Vec<ClosingDuty>,
    pub(crate) completed_duties: Vec<ClosingDuty>,
    /// The counselor in the contact, or the last one.
    pub(crate) counselor: Option<Person>,
    /// The newest assignment known, lost or not; 0 before the first.
    pub(crate) assignment: i32,
    /// None until the contact was put into the queue.
    pub(crate) requested: Option<Requested>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) opened_at: Timestamp,
    pub(crate) answered_at: Option<Timestamp>,
    /// When the caller was offered the backup line, because nobody could answer in the program's time.
    pub(crate) backup_offered_at: Option<Timestamp>,
    /// When the caller left after a counselor had answered.
    pub(crate) caller_left_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    /// For an outbound contact.
    pub(crate) follow_up: Option<FollowUp>,
    /// How the person may be called back.
    pub(crate) call_back_rules: CallBackRules,
    /// None where nothing but the caller's word says who it is.
    pub(crate) verified_caller: Option<VerifiedCaller>,
    /// What earlier contacts of the same caller carry over to this one.
    pub(crate) carried: Carried,
    /// How often the caller has opened it.
    pub(crate) openings: i32,
    pub(crate) last_opened_at: Timestamp,
    /// The ways by which the caller is there, the first one first.
    pub(crate) channels: Vec<Channel>,
    /// Other contacts that turned out to be the same person's while both were open.
    pub(crate) linked: Vec<ContactId>,
    /// When it joined the chain of one of them; none where its chain is as it was opened.
    pub(crate) joined_at: Option<Timestamp>,
    /// Grows with each change.
    pub(crate) revision: i64,
}

impl Contact {
    /// Who began it.
    pub(crate) fn direction(&self) -> Direction {
        if self.follow_up.is_some() { Direction::Outbound } else { Direction::Inbound }
    }

    /// The counselor in the contact now or, once it is closed, the one who was in it at its end.
    pub(crate) fn counselor_of_record(&self) -> Option<&Person> {
        match self.state {
            ContactState::Answered | ContactState::Closed => self.counselor.as_ref(),
            ContactState::Received | ContactState::Waiting | ContactState::Left | ContactState::HandedOff => None,
        }
    }

    /// The contact whose chain of custody this one moves: an outbound contact has none of its own, and neither has that of
    /// a caller who was back.
    pub(crate) fn chain(&self) -> ContactId {
        self.origin().unwrap_or(self.id)
    }

    /// The contact that this one follows up, goes on with, or has joined.
    pub(crate) fn origin(&self) -> Option<ContactId> {
        self.follow_up.map(|follow_up| follow_up.origin).or(self.carried.origin)
    }

    /// What must be done before it closes: what the acuity asks for, and then what program rules do.
    pub(crate) fn closing_duties(&self) -> Vec<ClosingDuty> {
        let mut all = self.assessment.closing_duties.clone();
        all.extend(self.rule_duties.iter().filter(|duty| !self.assessment.closing_duties.contains(duty)));
        all
    }

    /// Whether triage is still to be asked.
    pub(crate) fn awaits_triage(&self) -> bool {
        self.follow_up.is_none() && self.assessment.id.is_none()
    }

    /// What the queue must be told next: by the newest assessment, but never less urgent than asked before. None when
    /// the queue knows, or has nothing to know.
    pub(crate) fn to_request(&self) -> Option<Requested> {
        let asked = self.requested?;
        let is_news = self.assessment.sequence > asked.sequence || self.assessment.acuity < asked.acuity;
        let is_outdated = self.state == ContactState::Waiting && is_news;
        is_outdated.then(|| Requested {
            acuity: self.assessment.acuity.raised_to(asked.acuity),
            sequence: self.assessment.sequence,
        })
    }
}

/// Who wants to change a contact.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Actor<'a> {
    /// A supervisor, who may act in any contact.
    Supervisor,
    /// Somebody, who may act where they are the counselor.
    Person(&'a PersonId),
}

/// Why a contact does not change as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the contact has ended")]
    Ended,
    #[error("no counselor is in the contact")]
    NotAnswered,
    #[error("only the counselor in the contact, or a supervisor, may do this")]
    NotInContact,
    #[error("closing duties are open")]
    DutiesOpen(Vec<ClosingDuty>),
    #[error(transparent)]
    Closing(#[from] ClosingRefused),
    #[error("only a follow-up ends so")]
    OutcomeOfFollowUp,
    #[error("the backup line takes calls, and was not offered in this contact")]
    HandOffNotOffered,
}

/// A contact after something happened to it, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) contact: Contact,
    /// False when nothing happened: then there is nothing to save.
    pub(crate) is_change: bool,
    /// When.
    pub(crate) at: Timestamp,
    pub(crate) owed: Vec<Task>,
    /// Whether follow-ups are asked for, once more or for the first time.
    pub(crate) asks_follow_ups: bool,
    /// What a supervisor must decide from now on.
    pub(crate) question: Option<Question>,
    /// What needs no decision any more.
    pub(crate) settled: Vec<DecisionKind>,
    /// A level that was learned after the end, and that the caller's next contact is not less urgent than.
    pub(crate) carries: Option<Acuity>,
}

impl Contact {
    /// How the attempt went that this outbound contact was opened for. A conversation that broke off is to be taken up
    /// again, so it reached nobody.
    pub(crate) fn attempt_outcome(&self) -> AttemptOutcome {
        match self.outcome {
            None if self.answered_at.is_none() => AttemptOutcome::NotMade,
            None | Some(Outcome::NotReached | Outcome::Disconnected) => AttemptOutcome::NotReached,
            Some(Outcome::Declined) => AttemptOutcome::Declined,
            Some(Outcome::Resolved | Outcome::Referred | Outcome::Rescued | Outcome::Reached) => {
                AttemptOutcome::Reached
            }
        }
    }

    /// Whether the conversation, or the wait for one, ended because the caller went.
    pub(crate) fn is_broken_off(&self) -> bool {
        self.state == ContactState::Left || self.outcome == Some(Outcome::Disconnected)
    }

    /// Whether somebody who was urgent is gone without the help that they asked for. An attempt that nobody made is no
    /// such case: the person does not know of it.
    pub(crate) fn is_at_risk_and_gone(&self) -> bool {
        let was_there = self.direction() == Direction::Inbound || self.answered_at.is_some();
        was_there && self.is_broken_off() && self.assessment.acuity.is_urgent()
    }

    /// Whether the backup line has somebody who was urgent.
    pub(crate) fn is_handed_off_at_risk(&self) -> bool {
        self.state == ContactState::HandedOff && self.assessment.acuity.is_urgent()
    }

    /// How it ended, as far as that says when the person is called.
    pub(crate) fn ending(&self) -> ContactEnding {
        match self.state {
            ContactState::HandedOff => ContactEnding::HandedOff,
            ContactState::Left if self.caller_left_at.is_some() => ContactEnding::CallBack,
            _ if self.is_broken_off() => ContactEnding::BrokenOff,
            _ => ContactEnding::Closed,
        }
    }
}
