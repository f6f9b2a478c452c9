//! What must hold in a ledger after every round.

use std::collections::HashSet;

use super::ledger::Ledger;
use super::*;

/// A transfer or a conference is there only beside a contact that a human has, or a conference beside one whose human
/// was lost; nobody is in a contact twice.
pub(super) fn look_at_what_is_beside(ledger: &Ledger) {
    use TicketState::{Assigned, Offered, Queued};
    let is_live = |open: &&OpenTicket| matches!(open.ticket.state, Queued | Offered | Assigned);
    let mut transfers = HashSet::new();
    let mut inside = HashSet::new();
    for OpenTicket { ticket, .. } in ledger.tickets.values().filter(is_live) {
        if ticket.state == Assigned {
            assert!(inside.insert((ticket.contact, ticket.counselor.clone())), "in one contact twice");
        }
        let Some(beside) = &ticket.beside else { continue };
        let of = &ledger.tickets[&beside.of].ticket;
        assert!(of.beside.is_none() && of.contact == ticket.contact);
        if ticket.raced().is_some() {
            assert_eq!((ticket.state, of.state, of.acuity), (Offered, Offered, Acuity::Emergency), "a race of its own");
        }
        match of.state {
            Assigned => {}
            Queued | Offered => assert!(!ticket.kind().is_transfer(), "a transfer of what nobody has"),
            _ => panic!("beside a contact that has ended"),
        }
        if ticket.kind().is_transfer() {
            assert!(transfers.insert(ticket.contact), "two transfers of one contact");
        }
    }
}

/// Nobody is asked twice for one contact, nor after a no; no more are asked than are wanted; and no caller waits whom a
/// free counselor could take, but for races.
pub(super) fn look_at_races(ledger: &Ledger) {
    let open = || ledger.tickets.values().filter(|open| Ledger::is_open(open));
    let mut asked = HashSet::new();
    let mut races: HashMap<TicketId, usize> = HashMap::new();
    for OpenTicket { ticket, .. } in open().filter(|open| open.ticket.state == TicketState::Offered) {
        let answers = ticket.raced().is_some() || ticket.beside.is_none();
        let own = &ledger.tickets[&ticket.raced().unwrap_or(ticket.id)];
        let counselor = ticket.counselor.as_ref().unwrap();
        assert!(!own.declined.contains(counselor), "asked after a no");
        assert!(!answers || asked.insert((ticket.contact, counselor)), "asked twice");
        ticket.raced().into_iter().for_each(|own| *races.entry(own).or_default() += 1);
    }
    assert!(races.values().all(|races| *races <= ledger.times.response.races()));
    for waits in open().filter(|open| open.ticket.state == TicketState::Queued && open.ticket.beside.is_none()) {
        for on_duty in ledger.counselors.values() {
            let id = &on_duty.counselor.id;
            let holds = open().filter(|open| open.ticket.counselor.as_ref() == Some(id) && open.ticket.offer.is_some());
            let apart: Vec<_> = holds.filter(|open| open.ticket.raced().is_none()).collect();
            let slots = apart.iter().flat_map(|open| open.slots.iter().map(|slot| (open.is_exclusive(), slot.number)));
            let has_room =
                slots_for(&on_duty.counselor, waits.ticket.need.channel, &slots.collect::<Vec<_>>()).is_some();
            let too_early = is_too_early(waits, apart);
            assert!(too_early || !(has_room && eligible(on_duty, waits)), "{id} could take who waits");
        }
    }
}
