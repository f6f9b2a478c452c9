//! The steps of a ticket, and what one transaction does to it.

use harborline_types::{Acuity, Need, OfferId, PersonId, Timestamp};

use super::{Event, Ticket, TicketEventKind, TicketKind, TicketState};
use crate::domain::{DeclineReason, NewOffer, OfferState};

/// A step of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A counselor is asked.
    Offer(NewOffer),
    /// The counselor accepts the offer.
    Accept,
    /// The counselor declines the offer.
    Decline(DeclineReason),
    /// The offer ran out.
    Expire,
    /// The offer is withdrawn: its counselor is gone.
    TakeBack,
    /// The counselor who has it is gone: it waits again, in its old place. If the caller had left before, no counselor
    /// is asked for it until the caller is back.
    LoseCounselor {
        /// When its new wait begins. Real time.
        at: Timestamp,
    },
    /// The contact is more urgent, or has another need.
    Raise(Acuity, Option<Need>),
    /// Requirements are given up, this many from now on.
    Widen(i16),
    /// The supervisor on call is paged.
    Page,
    /// The caller left while no counselor has it.
    Withdraw,
    /// The caller left while a counselor has it.
    NoteCallerLeft,
    /// The caller, who had left, is back.
    NoteCallerBack {
        /// When its new wait begins, if it waits. Real time.
        at: Timestamp,
    },
    /// The conversation ended.
    Release,
    /// The slot is free again.
    FinishWrapUp,
    /// The counselor ends the wrap-up before intake has released them: it is over with the release.
    FinishEarly,
    /// The caller is offered the backup line.
    OfferBackup,
    /// The backup line is known to have the caller.
    HandOff,
    /// The contact goes over to the counselor who accepted it by a ticket beside this one.
    GoOver {
        /// The counselor.
        to: PersonId,
        /// The accepted offer, which holds the slots for the contact from now on.
        offer: OfferId,
    },
    /// The contact went over by this transfer, which keeps the giver's slots for the wrap-up.
    Complete {
        /// The giver.
        giver: PersonId,
        /// The offer that holds the giver's slots.
        offer: OfferId,
    },
    /// The counselor who had joined by a transfer leaves: another is asked.
    GiveBack,
    /// The contact's own ticket goes on with the offer of this race.
    PassOn,
    /// Goes on with the offer of a race that is [passed on](Step::PassOn).
    Adopt {
        /// The counselor who is asked.
        counselor: PersonId,
        /// The offer.
        offer: OfferId,
    },
}

impl Step {
    /// Whether it is for a caller who waits on the line.
    fn serves_a_caller(&self) -> bool {
        matches!(self, Self::Offer(_) | Self::Adopt { .. } | Self::Widen(_) | Self::Page | Self::OfferBackup)
    }
}

/// The ticket's state does not allow the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepRefused(pub TicketState);

/// A ticket with the steps that one transaction takes it through.
#[derive(Clone, Debug)]
pub struct Change {
    /// The ticket after the steps.
    pub ticket: Ticket,
    /// `steps` as it was read: a step by another matcher in between voids this change.
    pub steps_read: i32,
    /// The events, in order.
    pub events: Vec<Event>,
    /// Offers that went on to another state.
    pub moved: Vec<(OfferId, OfferState)>,
    /// The offer that is made.
    pub made: Option<NewOffer>,
    /// Whether the need changed.
    pub need_changed: bool,
}

impl Change {
    /// A change without a step.
    pub fn of(ticket: Ticket) -> Self {
        let steps_read = ticket.steps;
        Self { ticket, steps_read, events: Vec::new(), moved: Vec::new(), made: None, need_changed: false }
    }

    /// A ticket that enters the queue; it has taken no step before.
    pub fn entering(ticket: Ticket) -> Self {
        let mut change = Self::of(ticket);
        change.record(TicketEventKind::Queued, None);
        change
    }

    /// Whether the ticket entered the queue in it.
    pub fn is_entry(&self) -> bool {
        self.steps_read == 0
    }

    /// Offers that went on to another state: each once, with the last of its states and whether it was accepted on the
    /// way.
    pub fn moved_last(&self) -> impl Iterator<Item = (OfferId, OfferState, bool)> + '_ {
        let is_last = |index: usize, offer: OfferId| !self.moved[index + 1..].iter().any(|(later, _)| *later == offer);
        let accepted = |offer| self.moved.contains(&(offer, OfferState::Accepted));
        let moved = self.moved.iter().enumerate().filter(move |(index, (offer, _))| is_last(*index, *offer));
        moved.map(move |(_, (offer, state))| (*offer, *state, accepted(*offer)))
    }

    /// Whether any step was taken.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Takes one step.
    ///
    /// # Errors
    /// When the state does not allow it; nothing has changed then.
    pub fn take(&mut self, step: Step) -> Result<(), StepRefused> {
        use TicketState::{Assigned, HandedOff, Offered, Queued, Released, Withdrawn};
        let (state, is_race) = (self.ticket.state, self.ticket.kind() == TicketKind::Race);
        if self.ticket.is_held() && step.serves_a_caller() {
            return Err(StepRefused(state));
        }
        match (state, step) {
            (Queued, Step::Offer(offer)) => self.offer(offer),
            (Queued, Step::Adopt { counselor, offer }) if self.ticket.beside.is_none() => self.adopt(counselor, offer),
            (Offered, Step::PassOn) if is_race => self.pass_on(),
            (Offered, Step::Accept) if !is_race => self.accept(),
            (Offered, Step::Decline(reason)) => {
                self.requeue(OfferState::Declined, TicketEventKind::Declined);
                self.events.iter_mut().last().into_iter().for_each(|event| event.declined = Some(reason));
                self.end_race();
            }
            (Offered, Step::Expire) => {
                self.requeue(OfferState::Expired, TicketEventKind::Expired);
                self.end_race();
            }
            (Offered, Step::TakeBack) => {
                self.requeue(OfferState::Withdrawn, TicketEventKind::OfferWithdrawn);
                self.end_race();
            }
            (Assigned, Step::LoseCounselor { at }) => self.lose_counselor(at),
            (Queued | Offered | Assigned, Step::Raise(acuity, need)) => self.raise(acuity, need),
            (Queued, Step::Widen(steps)) if steps > self.ticket.widened => {
                self.ticket.widened = steps;
                self.record(TicketEventKind::Widened, None);
            }
            (Queued | Offered, Step::Page) if !self.ticket.paged && !is_race => {
                self.ticket.paged = true;
                self.record(TicketEventKind::SupervisorPaged, None);
            }
            (Offered, Step::Withdraw) => {
                self.requeue(OfferState::Withdrawn, TicketEventKind::OfferWithdrawn);
                self.leave(Withdrawn, TicketEventKind::Withdrawn);
            }
            (Queued, Step::Withdraw) => self.leave(Withdrawn, TicketEventKind::Withdrawn),
            (Assigned, Step::NoteCallerLeft) if self.ticket.beside.is_none() && !self.ticket.caller_left => {
                self.ticket.caller_left = true;
                self.record(TicketEventKind::CallerLeft, None);
            }
            (Queued | Assigned, Step::NoteCallerBack { at }) if self.ticket.caller_left => {
                self.ticket.caller_left = false;
                if state == Queued {
                    self.ticket.waiting_since = at;
                }
                self.record(TicketEventKind::CallerBack, None);
            }
            (Queued, Step::OfferBackup) if self.ticket.may_be_offered_backup() => {
                self.ticket.backup_offered = true;
                self.record(TicketEventKind::BackupOffered, None);
            }
            (Queued | Offered, Step::HandOff) if self.ticket.beside.is_none() => {
                if state == Offered {
                    self.requeue(OfferState::Withdrawn, TicketEventKind::OfferWithdrawn);
                }
                self.leave(HandedOff, TicketEventKind::HandedOff);
            }
            (Assigned, Step::Release) => {
                self.ticket.state = Released;
                self.record(TicketEventKind::Released, self.ticket.counselor.clone());
                if self.ticket.finishes_early {
                    self.finish_wrap_up();
                }
            }
            (Released, Step::FinishWrapUp) if self.ticket.offer.is_some() => self.finish_wrap_up(),
            (Assigned, Step::FinishEarly) if self.ticket.beside.is_none() && !self.ticket.finishes_early => {
                self.ticket.finishes_early = true;
                self.record(TicketEventKind::FinishedEarly, self.ticket.counselor.clone());
            }
            (Assigned, Step::GoOver { to, offer }) if self.ticket.beside.is_none() => self.go_over(to, offer),
            (Assigned, Step::Complete { giver, offer }) if self.ticket.kind().is_transfer() => {
                self.complete(giver, offer);
            }
            (Assigned, Step::GiveBack) if self.ticket.kind().is_transfer() => {
                self.requeue(OfferState::Declined, TicketEventKind::Left);
            }
            _ => return Err(StepRefused(state)),
        }
        Ok(())
    }

    fn offer(&mut self, offer: NewOffer) {
        self.adopt(offer.counselor.clone(), offer.id);
        self.made = Some(offer);
    }

    fn adopt(&mut self, counselor: PersonId, offer: OfferId) {
        self.ticket.state = TicketState::Offered;
        self.ticket.counselor = Some(counselor.clone());
        self.ticket.offer = Some(offer);
        self.record(TicketEventKind::Offered, Some(counselor));
    }

    /// The offer goes to the other ticket, and its state is changed there.
    fn pass_on(&mut self) {
        let counselor = self.ticket.counselor.take();
        self.ticket.offer = None;
        self.ticket.state = TicketState::Withdrawn;
        self.record(TicketEventKind::OfferPassedOn, counselor);
    }

    /// A race is over with its offer.
    fn end_race(&mut self) {
        if self.ticket.kind() == TicketKind::Race {
            self.leave(TicketState::Withdrawn, TicketEventKind::Withdrawn);
        }
    }

    fn accept(&mut self) {
        self.ticket.state = TicketState::Assigned;
        // An accepted transfer or conference is no assignment of the contact.
        self.ticket.assignment += i32::from(self.ticket.beside.is_none());
        self.moved.extend(self.ticket.offer.map(|offer| (offer, OfferState::Accepted)));
        self.record(TicketEventKind::Accepted, self.ticket.counselor.clone());
    }

    fn finish_wrap_up(&mut self) {
        self.close_offer(OfferState::Ended);
        self.record(TicketEventKind::WrappedUp, self.ticket.counselor.clone());
    }

    fn go_over(&mut self, to: PersonId, offer: OfferId) {
        self.ticket.finishes_early = false;
        self.ticket.assignment += 1;
        self.ticket.counselor = Some(to.clone());
        self.ticket.offer = Some(offer);
        self.moved.push((offer, OfferState::Accepted));
        self.record(TicketEventKind::Transferred, Some(to));
    }

    fn complete(&mut self, giver: PersonId, offer: OfferId) {
        let taker = self.ticket.counselor.replace(giver);
        self.ticket.offer = Some(offer);
        self.ticket.state = TicketState::Released;
        self.record(TicketEventKind::Transferred, taker);
    }

    fn lose_counselor(&mut self, at: Timestamp) {
        self.requeue(OfferState::Ended, TicketEventKind::CounselorLost);
        self.ticket.waiting_since = at;
        self.ticket.widened = 0;
        self.ticket.paged = false;
        self.ticket.backup_offered = false;
        self.ticket.finishes_early = false;
    }

    fn raise(&mut self, acuity: Acuity, need: Option<Need>) {
        let need_changed = need.as_ref().is_some_and(|need| *need != self.ticket.need);
        let raised = self.ticket.acuity.raised_to(acuity);
        if raised == self.ticket.acuity && !need_changed {
            return;
        }
        self.ticket.acuity = raised;
        if let Some(need) = need {
            self.ticket.need = need;
        }
        self.need_changed |= need_changed;
        self.record(TicketEventKind::Raised, None);
    }

    /// Ends the open offer and waits again in the old place.
    fn requeue(&mut self, offer: OfferState, why: TicketEventKind) {
        let counselor = self.ticket.counselor.take();
        self.close_offer(offer);
        self.ticket.state = TicketState::Queued;
        self.record(why, counselor);
    }

    fn leave(&mut self, state: TicketState, why: TicketEventKind) {
        self.ticket.state = state;
        self.record(why, None);
    }

    fn close_offer(&mut self, state: OfferState) {
        self.moved.extend(self.ticket.offer.take().map(|offer| (offer, state)));
    }

    fn record(&mut self, kind: TicketEventKind, counselor: Option<PersonId>) {
        let acuity = (kind == TicketEventKind::Raised).then_some(self.ticket.acuity);
        self.ticket.steps += 1;
        self.events.push(Event { kind, counselor, acuity, declined: None });
    }
}
