//! Transfers and conferences: tickets beside the one that answers a contact ([`crate::domain::Beside`]).

use std::collections::BTreeSet;

use harborline_types::{Acuity, ContactId, Need, PersonId, TicketId, Timestamp};

use super::turn::Turn;
use super::{Answer, Command, OpenTicket, Past, Pool, Refused};
use crate::domain::{
    AskedFor, Beside, Change, OfferState, Step, Target, Ticket, TicketEventKind, TicketKind, TicketState,
    TransferStatus,
};

/// Somebody else who is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedIn {
    /// The new ticket's id.
    pub ticket: TicketId,
    /// The contact.
    pub contact: ContactId,
    /// The counselor who asks, and who has the contact.
    pub by: PersonId,
    /// Transfer or conference.
    pub kind: TicketKind,
    /// Who is asked.
    pub target: Target,
    /// What they must be able to do, for [`Target::Skilled`]. The channel is the contact's.
    pub need: Option<Need>,
    /// Why.
    pub why: AskedFor,
}

impl Pool {
    /// Does what is asked about tickets beside others.
    pub(super) fn obey_beside(&mut self, turn: &mut Turn, past: &Past, command: &Command) -> Result<Answer, Refused> {
        match command {
            Command::AskIn(asked) => self.ask_in(turn, past, asked).map(Answer::AskedIn),
            Command::CompleteTransfer(contact, giver) => {
                let of = self.held_by(past, *contact, giver)?;
                let transfer = self.transfer(*contact).ok_or(Refused::TicketNotFound)?;
                if !self.hand_over(turn, of, transfer) {
                    return Err(Refused::TransferNotAccepted);
                }
                Ok(Answer::Transferred)
            }
            Command::CancelTransfer(contact, giver) => {
                self.held_by(past, *contact, giver)?;
                if let Some(transfer) = self.transfer(*contact) {
                    self.end_beside(turn, transfer);
                }
                Ok(Answer::Left)
            }
            Command::LeaveConference(contact, person) => {
                self.known(past, *contact)?;
                for id in self.besides(*contact) {
                    let Some(ticket) = self.tickets.get(&id).map(|open| &open.ticket) else { continue };
                    if ticket.counselor.as_ref() != Some(person) || ticket.state != TicketState::Assigned {
                        continue;
                    }
                    if ticket.kind().is_transfer() {
                        self.take(turn, id, Step::GiveBack);
                    } else {
                        self.end_beside(turn, id);
                    }
                }
                Ok(Answer::Left)
            }
            Command::EndConference(contact, conference, by) => {
                self.held_by(past, *contact, by)?;
                let is_conference = |open: &&OpenTicket| {
                    open.ticket.contact == *contact && open.ticket.kind() == TicketKind::Conference
                };
                if self.tickets.get(conference).filter(is_conference).is_some() {
                    self.end_beside(turn, *conference);
                }
                Ok(Answer::Left)
            }
            _ => Err(Refused::TicketNotFound),
        }
    }

    fn ask_in(&mut self, turn: &mut Turn, past: &Past, asked: &AskedIn) -> Result<TicketId, Refused> {
        let of = self.held_by(past, asked.contact, &asked.by)?;
        if self.is_asked(&asked.target, &asked.by) {
            return Err(Refused::AskedSelf);
        }
        if asked.kind.is_transfer() && self.transfer(asked.contact).is_some() {
            return Err(Refused::TransferOpen);
        }
        let own = self.tickets.get(&of).map(|open| open.ticket.clone()).ok_or(Refused::TicketNotFound)?;
        let AskedIn { ticket, by, kind, target, need, why, .. } = asked.clone();
        let beside = Beside { kind, of, by: Some(by), target, why: Some(why) };
        self.enter(turn, beside_of(&own, ticket, need, beside, turn.now));
        Ok(ticket)
    }

    /// Whether this counselor is the one asked.
    fn is_asked(&self, target: &Target, person: &PersonId) -> bool {
        match target {
            Target::Person(id) => id == person,
            Target::SupervisorOnCall => self.seats.on_call.as_ref() == Some(person),
            Target::Skilled => false,
        }
    }

    /// The contact's own ticket, if this counselor has the contact now.
    fn held_by(&self, past: &Past, contact: ContactId, counselor: &PersonId) -> Result<TicketId, Refused> {
        self.known(past, contact)?;
        let own = self.contacts.get(&contact).and_then(|id| self.tickets.get(id)).map(|open| &open.ticket);
        let own = own.filter(|own| own.state == TicketState::Assigned && own.counselor.as_ref() == Some(counselor));
        own.map(|own| own.id).ok_or(Refused::NotInContact)
    }

    fn known(&self, past: &Past, contact: ContactId) -> Result<(), Refused> {
        let is_known = self.contacts.contains_key(&contact) || past.tickets.contains_key(&contact);
        if is_known { Ok(()) } else { Err(Refused::TicketNotFound) }
    }

    /// The tickets beside a contact's own that are open or in wrap-up.
    pub(super) fn besides(&self, contact: ContactId) -> Vec<TicketId> {
        self.beside.get(&contact).map(|ids| ids.iter().copied().collect()).unwrap_or_default()
    }

    /// The open transfer of a contact.
    fn transfer(&self, contact: ContactId) -> Option<TicketId> {
        let is_open = |ticket: &Ticket| ticket.kind().is_transfer() && ticket.end_step().is_some();
        let open = |id: &TicketId| self.tickets.get(id).is_some_and(|open| is_open(&open.ticket));
        self.beside.get(&contact)?.iter().copied().find(open)
    }

    /// Whether the contact of a ticket may be taken, or joined, by it: it is nobody's yet, or somebody's still.
    pub(super) fn may_join(&self, id: TicketId) -> bool {
        let Some(beside) = self.tickets.get(&id).and_then(|open| open.ticket.beside.as_ref()) else { return true };
        let state = self.tickets.get(&beside.of).map(|open| open.ticket.state);
        match beside.kind {
            TicketKind::Race => matches!(state, Some(TicketState::Queued | TicketState::Offered)),
            _ => state == Some(TicketState::Assigned),
        }
    }

    /// Somebody has accepted: by a cold transfer the contact is theirs. Who has a contact is in it by nothing else.
    pub(super) fn after_accept(&mut self, turn: &mut Turn, id: TicketId) {
        let Some(ticket) = self.tickets.get(&id).map(|open| &open.ticket) else { return };
        match &ticket.beside {
            Some(beside) if beside.kind == TicketKind::ColdTransfer => {
                let of = beside.of;
                self.hand_over(turn, of, id);
            }
            Some(_) => {}
            None if self.beside.is_empty() => {}
            None => {
                let (contact, counselor) = (ticket.contact, ticket.counselor.clone());
                counselor.inspect(|counselor| self.leave_besides(turn, contact, counselor));
            }
        }
    }

    /// Takes somebody out of what they joined or are asked to join in a contact that is theirs now.
    fn leave_besides(&mut self, turn: &mut Turn, contact: ContactId, person: &PersonId) {
        for id in self.besides(contact) {
            let Some(ticket) = self.tickets.get(&id).map(|open| &open.ticket) else { continue };
            match ticket.state {
                _ if ticket.counselor.as_ref() != Some(person) => {}
                TicketState::Offered => {
                    self.take(turn, id, Step::TakeBack);
                }
                TicketState::Assigned => self.end_beside(turn, id),
                _ => {}
            }
        }
    }

    /// Hands a contact over to who has accepted its transfer: the two tickets swap what they hold. False when nobody has
    /// accepted, or nobody has the contact.
    fn hand_over(&mut self, turn: &mut Turn, of: TicketId, transfer: TicketId) -> bool {
        let assigned = |pool: &Self, id| {
            let ticket = &pool.tickets.get(&id)?.ticket;
            let assigned = ticket.state == TicketState::Assigned;
            assigned.then(|| Some((ticket.counselor.clone()?, ticket.offer?)))?
        };
        let (Some((giver, given)), Some((taker, taken))) = (assigned(self, of), assigned(self, transfer)) else {
            return false;
        };
        let finished = self.tickets.get(&of).is_some_and(|open| open.ticket.finishes_early);
        self.take(turn, of, Step::GoOver { to: taker.clone(), offer: taken });
        self.take(turn, transfer, Step::Complete { giver: giver.clone(), offer: given });
        // What becomes of the offer that was taken is the other ticket's to say. The giver's engagement is over; its slots
        // stay held for the wrap-up.
        if let Some(change) = turn.changes.get_mut(&transfer) {
            change.moved.retain(|(moved, _)| *moved != taken);
            change.moved.push((given, OfferState::Ended));
        }
        let mut swap = |one: TicketId, with: (Vec<_>, _)| {
            let open = self.tickets.get_mut(&one)?;
            let slots = std::mem::replace(&mut open.slots, with.0);
            Some((slots, std::mem::replace(&mut open.expires_at, with.1)))
        };
        let of_giver = swap(of, Default::default()).unwrap_or_default();
        let of_taker = swap(transfer, of_giver).unwrap_or_default();
        swap(of, of_taker);
        for (who, from, to) in [(&giver, of, transfer), (&taker, transfer, of)] {
            self.seats.change(who, |seat| {
                seat.held.iter_mut().filter(|held| held.ticket == from).for_each(|held| held.ticket = to);
            });
        }
        self.offers.insert(taken, of);
        self.offers.insert(given, transfer);
        if finished {
            self.take(turn, transfer, Step::FinishWrapUp);
        }
        true
    }

    /// The counselor who has a contact is gone: whoever has accepted its transfer has it now. False when nobody has.
    pub(super) fn inherit(&mut self, turn: &mut Turn, of: TicketId) -> bool {
        let Some(contact) = self.tickets.get(&of).map(|open| open.ticket.contact) else { return false };
        let Some(transfer) = self.transfer(contact) else { return false };
        let taker = self.tickets.get(&transfer).and_then(|open| open.ticket.counselor.as_ref());
        let is_there = taker.is_some_and(|taker| self.seats.get(taker).is_some());
        if !is_there || !self.hand_over(turn, of, transfer) {
            return false;
        }
        self.take(turn, transfer, Step::FinishWrapUp);
        true
    }

    /// Ends a transfer or conference: who had joined is free at once, having nothing to write down.
    fn end_beside(&mut self, turn: &mut Turn, id: TicketId) {
        let step = self.tickets.get(&id).and_then(|open| open.ticket.end_step());
        if let Some(step) = step {
            let is_release = step == Step::Release;
            self.take(turn, id, step);
            if is_release {
                self.take(turn, id, Step::FinishWrapUp);
            }
        }
    }

    /// A contact that ended takes all that is beside it with it; one that somebody has, its races; one whose counselor was
    /// lost, the transfer, since it waits itself now. True when somebody may be free by that.
    pub(super) fn settle(&mut self, turn: &mut Turn) -> bool {
        if self.beside.is_empty() {
            return false;
        }
        let releases = turn.releases.len();
        let contact = |id: &TicketId| self.tickets.get(id).map(|open| open.ticket.contact);
        let contacts: BTreeSet<ContactId> = turn.touched.iter().filter_map(contact).collect();
        for contact in contacts {
            let own = self.contacts.get(&contact).and_then(|id| self.tickets.get(id));
            let state = own.map(|open| open.ticket.state);
            for id in self.besides(contact) {
                let Some(kind) = self.tickets.get(&id).map(|open| open.ticket.kind()) else { continue };
                let ends = match state {
                    Some(TicketState::Assigned) => kind == TicketKind::Race,
                    Some(TicketState::Queued | TicketState::Offered) => kind.is_transfer(),
                    _ => true,
                };
                if ends {
                    self.end_beside(turn, id);
                }
            }
        }
        turn.releases.len() > releases
    }

    /// Asks the supervisor on call, if on duty, into every contact that is an emergency in somebody's hands from this
    /// round on. It is a conference like any other, asked for in the counselor's name: the counselor may end it, the
    /// supervisor may say no, and nothing waits for it.
    pub(super) fn ask_supervisors_in(&mut self, turn: &mut Turn) {
        let Some(supervisor) = self.seats.on_call.clone().filter(|id| self.seats.get(id).is_some()) else { return };
        let begins = |change: &&Change| {
            let from_now = [TicketEventKind::Accepted, TicketEventKind::Transferred, TicketEventKind::Raised];
            let ticket = &change.ticket;
            ticket.acuity == Acuity::Emergency
                && ticket.answered_contact().is_some()
                && ticket.counselor.as_ref() != Some(&supervisor)
                && change.events.iter().any(|event| from_now.contains(&event.kind))
        };
        let begun: Vec<Ticket> = turn.changes.values().filter(begins).map(|change| change.ticket.clone()).collect();
        for own in begun {
            let is_asked = |id: &TicketId| self.tickets.get(id).is_some_and(|open| asks_the_supervisor(&open.ticket));
            let Some(by) = own.counselor.clone().filter(|_| !self.besides(own.contact).iter().any(is_asked)) else {
                continue;
            };
            let (target, why) = (Target::SupervisorOnCall, AskedFor::Supervision);
            let beside = Beside { kind: TicketKind::Conference, of: own.id, by: Some(by), target, why: Some(why) };
            self.enter(turn, beside_of(&own, TicketId::new(), None, beside, turn.now));
        }
    }

    /// Notes who is in the contact of a ticket beside another or asked into it, and who is asked for an emergency, before
    /// it is looked for somebody to ask.
    pub(super) fn note_within(&mut self, id: TicketId) {
        let Some(ticket) = self.tickets.get(&id).map(|open| &open.ticket) else { return };
        let (contact, acuity) = (ticket.contact, ticket.acuity);
        if ticket.beside.is_none() {
            if acuity == Acuity::Emergency {
                let within = self.asked_for(id);
                self.tickets.entry(id).and_modify(|open| open.within = within);
            }
            return;
        }
        let of_contact = self.contacts.get(&contact).copied().into_iter().chain(self.besides(contact));
        let is_in = |open: &&OpenTicket| matches!(open.ticket.state, TicketState::Offered | TicketState::Assigned);
        let within = of_contact.filter_map(|id| self.tickets.get(&id).filter(is_in)?.ticket.counselor.clone());
        let within = within.collect();
        if let Some(open) = self.tickets.get_mut(&id) {
            open.within = within;
        }
    }

    /// The transfers and conferences of a contact that wait or are joined, the oldest first.
    pub(super) fn transfers_of(&self, contact: ContactId) -> Vec<TransferStatus> {
        let open = self.besides(contact).into_iter().filter_map(|id| self.tickets.get(&id));
        let open = open.filter(|open| open.ticket.end_step().is_some());
        open.map(|open| TransferStatus { ticket: open.ticket.clone(), unreachable: self.is_unreachable(open) })
            .collect()
    }

    /// Whether the one person who could come is off duty or has said no.
    fn is_unreachable(&self, open: &OpenTicket) -> bool {
        let one = match open.ticket.beside.as_ref().map(|beside| &beside.target) {
            _ if open.ticket.state != TicketState::Queued => return false,
            None | Some(Target::Skilled) => return false,
            Some(Target::Person(id)) => Some(id),
            Some(Target::SupervisorOnCall) => self.seats.on_call.as_ref(),
        };
        one.is_none_or(|id| open.declined.contains(id) || self.seats.get(id).is_none())
    }

    /// Who has the contacts of changed tickets that are beside another: they see how it stands.
    pub(super) fn askers<'a>(&self, changed: impl Iterator<Item = &'a Ticket>) -> Vec<PersonId> {
        let own = |ticket: &Ticket| self.tickets.get(self.contacts.get(&ticket.contact)?)?.ticket.counselor.clone();
        changed.filter(|ticket| ticket.beside.is_some() && ticket.raced().is_none()).filter_map(own).collect()
    }
}

/// A ticket beside a contact's own, as it enters the queue: as urgent as the contact, with a wait of its own. `need` is
/// what is asked for, if not the same.
pub(super) fn beside_of(own: &Ticket, id: TicketId, need: Option<Need>, beside: Beside, now: Timestamp) -> Ticket {
    let need = need.map(|need| Need { channel: own.need.channel, ..need });
    Ticket {
        id,
        contact: own.contact,
        state: TicketState::Queued,
        acuity: own.acuity,
        need: need.unwrap_or_else(|| own.need.clone()),
        preferred: None,
        outbound: own.outbound,
        queued_at: now,
        waiting_since: now,
        widened: 0,
        paged: false,
        backup_offered: false,
        caller_left: false,
        finishes_early: false,
        counselor: None,
        offer: None,
        assignment: 0,
        steps: 0,
        beside: Some(Box::new(beside)),
    }
}

/// Whether the supervisor on call is asked, or in, by this ticket.
fn asks_the_supervisor(ticket: &Ticket) -> bool {
    let is_live = ticket.end_step().is_some();
    is_live && ticket.beside.as_ref().is_some_and(|beside| beside.target == Target::SupervisorOnCall)
}
