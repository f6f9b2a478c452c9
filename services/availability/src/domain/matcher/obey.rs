//! Doing what was asked of the pool.

use std::collections::HashMap;

use harborline_types::{Acuity, ContactId, Need, OfferId, PersonId, TicketId};

use super::turn::Turn;
use super::{Answer, CallerGone, Command, Pool, Refused, Wanted};
use crate::domain::{DeclineReason, OfferRefused, OfferState, Step, Ticket, TicketKind, TicketState, answerable};

/// What the memory does not hold, as it was read: tickets and offers that commands name and that are not open.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// Tickets that are closed.
    pub tickets: HashMap<ContactId, TicketId>,
    /// Offers that have ended, with who was asked.
    pub offers: HashMap<OfferId, (PersonId, OfferState)>,
}

impl Pool {
    pub(super) fn obey(&mut self, turn: &mut Turn, past: &Past, command: &Command) -> Result<Answer, Refused> {
        match command {
            Command::Request(wanted) => Ok(Answer::Requested(self.request(turn, past, wanted))),
            Command::Raise(contact, acuity, need) => self.raise(turn, past, *contact, *acuity, need.as_ref()),
            Command::CallerBack(contact, acuity, need) => {
                let at = turn.now;
                self.with_ticket(past, *contact, |pool, id| pool.take(turn, id, Step::NoteCallerBack { at }))?;
                self.raise(turn, past, *contact, *acuity, need.as_ref())
            }
            Command::Withdraw(contact, gone) => {
                let step = match gone {
                    CallerGone::Left => Step::Withdraw,
                    CallerGone::ToBackup => Step::HandOff,
                };
                let withdrawn = self.with_ticket(past, *contact, |pool, id| {
                    pool.take(turn, id, step) || {
                        pool.take(turn, id, Step::NoteCallerLeft);
                        false
                    }
                })?;
                Ok(Answer::Withdrawn(withdrawn == Some(true)))
            }
            Command::Release(contact) => {
                self.with_ticket(past, *contact, |pool, id| {
                    let step = pool.tickets.get(&id).and_then(|open| open.ticket.end_step());
                    step.is_some_and(|step| pool.take(turn, id, step))
                })?;
                Ok(Answer::Released)
            }
            Command::Accept(offer, counselor) => {
                let (contact, id) = self.answer_offer(turn, past, *offer, counselor, Step::Accept)?;
                let kind = self.tickets.get(&id).map_or(TicketKind::Answer, |open| open.ticket.kind());
                Ok(Answer::Accepted(contact, id, kind))
            }
            Command::Decline(offer, counselor, reason) => {
                let (contact, _) = self.answer_offer(turn, past, *offer, counselor, Step::Decline(*reason))?;
                if *reason == DeclineReason::NeedsBreak {
                    self.set_break(turn, counselor, true);
                }
                Ok(Answer::Declined(contact))
            }
            Command::FinishWrapUp(contact, counselor) => {
                let of_contact = self.contacts.get(contact).copied().into_iter().chain(self.besides(*contact));
                for id in of_contact.collect::<Vec<_>>() {
                    let own = self.tickets.get(&id).and_then(|open| open.ticket.counselor.as_ref());
                    // It may overtake the duty that tells of the end of the conversation.
                    if own == Some(counselor) && !self.take(turn, id, Step::FinishWrapUp) {
                        self.take(turn, id, Step::FinishEarly);
                    }
                }
                Ok(Answer::Finished)
            }
            Command::EndAssignment(contact, number) => {
                let id = self.contacts.get(contact).copied();
                let assignment = |id: &TicketId| self.tickets.get(id).map(|open| open.ticket.assignment);
                // There is nothing to wrap up, and nothing to recover from.
                if let Some(id) = id.filter(|id| assignment(id) == Some(*number)) {
                    let counselor = self.tickets.get(&id).and_then(|open| open.ticket.counselor.clone());
                    let before = counselor.and_then(|id| Some((self.seats.get(&id)?.on_duty.strain, id)));
                    if !self.take(turn, id, Step::Release) {
                        return Ok(Answer::EndedAssignment);
                    }
                    self.take(turn, id, Step::FinishWrapUp);
                    if let Some((strain, id)) = before {
                        self.seats.change(&id, |seat| seat.on_duty.strain = strain);
                    }
                }
                Ok(Answer::EndedAssignment)
            }
            Command::SetBreak(counselor, on_break) => {
                self.set_break(turn, counselor, *on_break);
                Ok(Answer::BreakSet)
            }
            Command::LeaveShift(counselor) => {
                let changed = self.seats.change(counselor, |seat| seat.on_duty.leaving = true);
                if changed.is_some() {
                    turn.presences.insert(counselor.clone());
                    self.leaving.insert(counselor.clone());
                }
                Ok(Answer::Leaving)
            }
            Command::AskIn(_)
            | Command::CompleteTransfer(..)
            | Command::CancelTransfer(..)
            | Command::LeaveConference(..)
            | Command::EndConference(..) => self.obey_beside(turn, past, command),
        }
    }

    fn raise(
        &mut self,
        turn: &mut Turn,
        past: &Past,
        contact: ContactId,
        acuity: Acuity,
        need: Option<&Need>,
    ) -> Result<Answer, Refused> {
        self.with_ticket(past, contact, |pool, id| {
            pool.take(turn, id, Step::Raise(acuity, need.cloned()));
            // A transfer or a conference is as urgent as its contact.
            for id in pool.besides(contact) {
                let is_race = pool.tickets.get(&id).is_some_and(|open| open.ticket.raced().is_some());
                pool.take(turn, id, Step::Raise(acuity, need.cloned().filter(|_| is_race)));
            }
        })?;
        Ok(Answer::Raised)
    }

    fn request(&mut self, turn: &mut Turn, past: &Past, wanted: &Wanted) -> TicketId {
        let known = self.contacts.get(&wanted.contact).or_else(|| past.tickets.get(&wanted.contact));
        if let Some(known) = known {
            return *known;
        }
        let ticket = Ticket {
            id: wanted.ticket,
            contact: wanted.contact,
            state: TicketState::Queued,
            acuity: wanted.acuity,
            need: wanted.need.clone(),
            preferred: wanted.preferred.clone(),
            outbound: wanted.outbound,
            queued_at: turn.now - wanted.waited_before,
            waiting_since: turn.now,
            widened: 0,
            paged: false,
            backup_offered: false,
            caller_left: false,
            finishes_early: false,
            counselor: None,
            offer: None,
            assignment: 0,
            steps: 0,
            beside: None,
        };
        self.enter(turn, ticket);
        wanted.ticket
    }

    /// Does something with a contact's ticket, unless that is closed.
    fn with_ticket<T>(
        &mut self,
        past: &Past,
        contact: ContactId,
        act: impl FnOnce(&mut Self, TicketId) -> T,
    ) -> Result<Option<T>, Refused> {
        match self.contacts.get(&contact).copied() {
            Some(id) => Ok(Some(act(self, id))),
            None if past.tickets.contains_key(&contact) => Ok(None),
            None => Err(Refused::TicketNotFound),
        }
    }

    fn answer_offer(
        &mut self,
        turn: &mut Turn,
        past: &Past,
        offer: OfferId,
        counselor: &PersonId,
        step: Step,
    ) -> Result<(ContactId, TicketId), Refused> {
        let Some(id) = self.offers.get(&offer).copied() else {
            let ended = turn.ended_offers.get(&offer).or_else(|| past.offers.get(&offer));
            let (_, state) = ended.filter(|(asked, _)| asked == counselor).ok_or(Refused::OfferNotFound)?;
            return Err(answerable(*state, true).err().map_or(Refused::OfferClosed, refused));
        };
        let open = self.tickets.get(&id).filter(|open| open.ticket.counselor.as_ref() == Some(counselor));
        let open = open.ok_or(Refused::OfferNotFound)?;
        let contact = open.ticket.contact;
        let is_open = open.ticket.state == TicketState::Offered;
        let state = if is_open { OfferState::Offered } else { OfferState::Accepted };
        let time_is_up = open.expires_at.is_some_and(|expires_at| expires_at <= turn.now);
        answerable(state, time_is_up).map_err(refused)?;
        let accepts = step == Step::Accept;
        let raced = open.ticket.raced().filter(|_| accepts);
        let done = match raced {
            _ if accepts && !self.may_join(id) => false,
            Some(_) => self.win(turn, id),
            None => self.take(turn, id, step),
        };
        if !done {
            return Err(Refused::OfferClosed);
        }
        // Who wins a race has the contact by its own ticket.
        let taken = raced.unwrap_or(id);
        if accepts {
            self.after_accept(turn, taken);
        }
        self.heard_from(turn, counselor);
        Ok((contact, taken))
    }

    /// Notes that a counselor answered an offer.
    fn heard_from(&mut self, turn: &mut Turn, counselor: &PersonId) {
        let was_silent =
            self.seats.get(counselor).is_some_and(|seat| seat.on_duty.silent_count > 0 && !seat.on_duty.on_break);
        if was_silent && self.seats.change(counselor, |seat| seat.on_duty.silent_count = 0).is_some() {
            turn.presences.insert(counselor.clone());
        }
    }

    fn set_break(&mut self, turn: &mut Turn, counselor: &PersonId, on_break: bool) {
        let now = turn.now;
        let changed = self.seats.change(counselor, |seat| {
            if seat.on_duty.on_break && !on_break {
                seat.on_duty.strain = seat.on_duty.strain.after_break(now);
            }
            seat.on_duty.on_break = on_break;
            seat.on_duty.silent_count = 0;
        });
        if changed.is_some() {
            turn.presences.insert(counselor.clone());
        }
    }
}

fn refused(refused: OfferRefused) -> Refused {
    match refused {
        OfferRefused::Expired => Refused::OfferExpired,
        OfferRefused::Closed => Refused::OfferClosed,
    }
}
