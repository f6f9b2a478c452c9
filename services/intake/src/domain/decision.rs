//! What a supervisor decides because software may not: whether somebody at risk who broke off, or could not be reached,
//! is called, and whether an acuity is lowered. Until it is decided the supervisor on call answers for the person, and is paged.

use harborline_types::{Acuity, ClosingDuty, ContactId, DecisionId, LoweringId, Person, Phi, Timestamp, text_enum};

use super::contact::Contact;

text_enum! {
    /// Why somebody must decide.
    pub enum DecisionKind {
        /// A caller at risk left the queue, or the conversation broke off.
        BrokenOff = "broken_off",
        /// A conversation ended while a record that proves one of its duties could not be read, or while a lowering of its
        /// acuity waited to be confirmed.
        DutiesOpen = "duties_open",
        /// Every attempt to reach the person was in vain.
        NotReached = "not_reached",
        /// An attempt was not made by the time at which it had to be.
        AttemptOverdue = "attempt_overdue",
        /// A lower acuity was judged, which counts when somebody else confirms it with triage. The subject is its id.
        Lowering = "lowering",
    }
}

impl DecisionKind {
    /// Those that are not needed any more when the person was spoken to.
    pub(crate) const ABOUT_REACHING: [Self; 3] = [Self::BrokenOff, Self::NotReached, Self::AttemptOverdue];
}

text_enum! {
    /// What was decided.
    pub enum Verdict {
        /// What is planned is enough.
        FollowUp = "follow_up",
        /// The person is called now, however many attempts there were.
        CallAgain = "call_again",
        /// Nobody calls.
        DoNotCall = "do_not_call",
    }
}

text_enum! {
    /// Where a decision stands.
    pub enum DecisionState {
        /// Waits for a supervisor.
        Open = "open",
        /// Made.
        Made = "made",
        /// Not needed any more.
        Withdrawn = "withdrawn",
    }
}

/// What must be decided, before it has an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) kind: DecisionKind,
    /// Of several of one kind and contact, which: the same subject is one decision, however often it is told.
    pub(crate) subject: String,
    pub(crate) acuity: Acuity,
    pub(crate) open_duties: Vec<ClosingDuty>,
}

impl Question {
    /// A lowering of the contact's acuity waits for the second person.
    pub(crate) fn of_lowering(contact: &Contact, lowering: LoweringId) -> Self {
        Self { subject: lowering.to_string(), ..contact.question(DecisionKind::Lowering) }
    }

    /// Whether nobody needs to decide it any more once the person is there.
    pub(crate) fn is_about_reaching(&self) -> bool {
        DecisionKind::ABOUT_REACHING.contains(&self.kind)
    }
}

/// A decision that was made.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) verdict: Verdict,
    pub(crate) by: Person,
    pub(crate) at: Timestamp,
    pub(crate) reason: Phi<String>,
}

/// Something to be decided.
#[derive(Clone)]
pub(crate) struct Decision {
    pub(crate) id: DecisionId,
    /// The inbound contact.
    pub(crate) contact: ContactId,
    pub(crate) question: Question,
    pub(crate) opened_at: Timestamp,
    pub(crate) made: Option<Made>,
    /// It needs no decision any more: the person was reached, or turned out not to be at risk.
    pub(crate) withdrawn_at: Option<Timestamp>,
}

/// Why a decision is not made so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecisionRefusal {
    #[error("the decision was made before")]
    Made(Verdict),
    #[error("the decision is not needed any more")]
    Withdrawn,
    #[error("no follow-up is planned")]
    NothingPlanned,
    #[error("a lowering is confirmed with triage, or the acuity judged anew")]
    OfTriage,
    #[error("whoever left duties open does not decide that they may stay so")]
    NotIndependent,
}

impl Decision {
    /// Something that must be decided from now on.
    pub(crate) fn open(contact: ContactId, question: Question, now: Timestamp) -> Self {
        Self { id: DecisionId::new(), contact, question, opened_at: now, made: None, withdrawn_at: None }
    }

    /// The lowering that waits for the second person, if it is about one.
    pub(crate) fn lowering(&self) -> Option<&str> {
        (self.question.kind == DecisionKind::Lowering).then_some(self.question.subject.as_str())
    }

    /// Where it stands.
    pub(crate) fn state(&self) -> DecisionState {
        match (&self.made, self.withdrawn_at) {
            (Some(_), _) => DecisionState::Made,
            (None, Some(_)) => DecisionState::Withdrawn,
            (None, None) => DecisionState::Open,
        }
    }
    /// Makes it. What is planned can only be enough while something is, unless it is about duties alone.
    /// Whether a duty may stay open, another person decides than the counselor of the contact.
    pub(crate) fn decide(
        mut self,
        made: Made,
        follow_ups_open: bool,
        counselor: Option<&Person>,
    ) -> Result<Self, DecisionRefusal> {
        if let Some(before) = &self.made {
            return Err(DecisionRefusal::Made(before.verdict));
        }
        if self.withdrawn_at.is_some() {
            return Err(DecisionRefusal::Withdrawn);
        }
        if self.question.kind == DecisionKind::Lowering {
            return Err(DecisionRefusal::OfTriage);
        }
        let is_about_duties = self.question.kind == DecisionKind::DutiesOpen;
        if is_about_duties && counselor.is_some_and(|counselor| counselor.id.may_be(&made.by.id)) {
            return Err(DecisionRefusal::NotIndependent);
        }
        let needs_a_plan = made.verdict == Verdict::FollowUp && !is_about_duties;
        if needs_a_plan && !follow_ups_open {
            return Err(DecisionRefusal::NothingPlanned);
        }
        self.made = Some(made);
        Ok(self)
    }
}
