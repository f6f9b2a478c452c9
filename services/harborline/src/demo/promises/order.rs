//! P3: riskiest first, one to one.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use harborline_proto::availability::v1::{Counselor, Ticket, TicketEvent, TicketEventKind};
use harborline_types::wire::{self, WireEnum};
use harborline_types::{Acuity, Channel, CounselorKind};

use super::Check;
use crate::demo::evidence::Evidence;

/// A ticket that came so shortly before an offer need not have been seen by its round.
const MARGIN_MICROS: i64 = 1_500_000;

/// Checks that no slot and no contact was given twice, that no riskier contact was passed over, and that of equal
/// counselors the one with the fewest messages in hand was asked. `steady` are the counselors who were on duty all the time.
pub(super) fn order(evidence: &Evidence, steady: &BTreeMap<String, SystemTime>) -> Check {
    let mut check = Check::default();
    for ticket in evidence.tickets.values() {
        check.look(one_counselor_at_a_time(ticket), || {
            format!("contact {} was with two counselors at once", ticket.contact_id)
        });
    }
    let mut held: BTreeMap<&str, Vec<Held>> = BTreeMap::new();
    for ticket in evidence.tickets.values() {
        for span in holds(ticket) {
            held.entry(span.counselor).or_default().push(span);
        }
    }
    for (id, spans) in &held {
        let capacity = evidence.counselors.get(*id).map_or(1, |counselor| counselor.message_capacity.max(1));
        check.look(within_capacity(spans, capacity as usize), || format!("a slot of {id} was given twice"));
    }
    for ticket in evidence.tickets.values() {
        for offer in ticket.events.iter().filter(|event| event.kind() == TicketEventKind::Offered) {
            let freer = freer_equal(evidence, steady, &held, ticket, offer);
            check.look(freer.is_none(), || {
                format!(
                    "{} went to {}, and {} had less in hand",
                    ticket.contact_id,
                    offer.counselor_id,
                    freer.unwrap_or_default()
                )
            });
            let passed_over = passed_over(evidence, ticket, offer);
            check.look(passed_over.is_none(), || {
                format!(
                    "{} was offered while the riskier {} waited",
                    ticket.contact_id,
                    passed_over.unwrap_or_default()
                )
            });
        }
    }
    check
}

/// From an offer to its end: the time for which a slot was held.
struct Held<'a> {
    counselor: &'a str,
    from: i64,
    until: i64,
    exclusive: bool,
}

fn at(event: &TicketEvent) -> i64 {
    event.at.as_ref().and_then(wire::instant).map_or(0, |at| at.timestamp_micros())
}

fn holds(ticket: &Ticket) -> Vec<Held<'_>> {
    use TicketEventKind::{CounselorLost, Declined, Expired, HandedOff, OfferWithdrawn, Offered, Withdrawn, WrappedUp};
    let exclusive = ticket.need.as_ref().is_none_or(|need| Channel::from_wire(need.channel) != Some(Channel::Message));
    let mut spans: Vec<Held<'_>> = Vec::new();
    for event in &ticket.events {
        match event.kind() {
            Offered => {
                spans.push(Held { counselor: &event.counselor_id, from: at(event), until: i64::MAX, exclusive });
            }
            Declined | Expired | OfferWithdrawn | CounselorLost | WrappedUp | Withdrawn | HandedOff => {
                if let Some(open) = spans.last_mut().filter(|span| span.until == i64::MAX) {
                    open.until = at(event);
                }
            }
            _ => {}
        }
    }
    spans
}

/// An offer begins only after the one before it has ended.
fn one_counselor_at_a_time(ticket: &Ticket) -> bool {
    let spans = holds(ticket);
    spans.windows(2).all(|pair| pair[0].until <= pair[1].from)
}

fn within_capacity(spans: &[Held<'_>], capacity: usize) -> bool {
    spans.iter().all(|span| {
        let beside: Vec<_> = spans.iter().filter(|other| other.from <= span.from && span.from < other.until).collect();
        beside.len() <= capacity && (beside.len() == 1 || beside.iter().all(|span| !span.exclusive))
    })
}

/// A counselor equal to the one who was asked for a message, who was on duty and had less in hand.
fn freer_equal(
    evidence: &Evidence,
    steady: &BTreeMap<String, SystemTime>,
    held: &BTreeMap<&str, Vec<Held<'_>>>,
    ticket: &Ticket,
    offer: &TicketEvent,
) -> Option<String> {
    let contact = evidence.contacts.get(&ticket.contact_id)?;
    let asked = evidence.counselors.get(&offer.counselor_id)?;
    // A counselor whom the caller knows goes first.
    let knows_somebody = !contact.origin_contact_id.is_empty();
    let is_message =
        ticket.need.as_ref().is_some_and(|need| Channel::from_wire(need.channel) == Some(Channel::Message));
    if knows_somebody || !is_message {
        return None;
    }
    let when = at(offer);
    let spans = |id: &str| held.get(id).map_or(&[][..], Vec::as_slice);
    // A slot that was given back in this round was free in it.
    let surely = spans(&asked.counselor_id).iter().filter(|span| span.from < when && when < span.until).count();
    let equals = evidence.counselors.values().filter(|other| other.counselor_id != asked.counselor_id);
    let mut freer = equals.filter(|other| {
        let since = steady.get(&other.counselor_id).and_then(|since| since.duration_since(UNIX_EPOCH).ok());
        let was_there = since.is_some_and(|since| (since.as_micros() as i64) + MARGIN_MICROS < when);
        let in_hand: Vec<_> =
            spans(&other.counselor_id).iter().filter(|span| span.from <= when && when <= span.until).collect();
        was_there
            && is_equal(asked, other)
            && !refused(ticket, &other.counselor_id)
            && !has_urgent_in_hand(evidence, &other.counselor_id, when)
            && in_hand.iter().all(|span| !span.exclusive)
            && in_hand.len() < surely
    });
    freer.next().map(|other| other.counselor_id.clone())
}

fn is_equal(one: &Counselor, other: &Counselor) -> bool {
    let nobody = |counselor: &Counselor| Counselor {
        counselor_id: String::new(),
        name: String::new(),
        activity: 0,
        ..counselor.clone()
    };
    nobody(one) == nobody(other)
}

/// The contact of a ticket that was riskier, waited well before this offer was made, and could have been offered to the
/// same counselor by its plain need.
fn passed_over(evidence: &Evidence, offered: &Ticket, offer: &TicketEvent) -> Option<String> {
    let counselor = evidence.counselors.get(&offer.counselor_id)?;
    let (when, acuity) = (at(offer), acuity_at(offered, at(offer))?);
    evidence
        .tickets
        .values()
        .filter(|other| other.ticket_id != offered.ticket_id)
        .filter(|other| acuity_at(other, when - MARGIN_MICROS).is_some_and(|other| other < acuity))
        .filter(|other| waits_at(other, when - MARGIN_MICROS) && waits_at(other, when + MARGIN_MICROS))
        .filter(|other| !refused(other, &offer.counselor_id))
        .filter(|other| has_widened(other, when) || !has_urgent_in_hand(evidence, &offer.counselor_id, when))
        .find(|other| could_take(counselor, other))
        .map(|other| other.contact_id.clone())
}

/// A ticket's acuity at an instant: the one that it was last raised to. None where that is not on record: before it was
/// raised for the first time.
fn acuity_at(ticket: &Ticket, when: i64) -> Option<u8> {
    let mut raises = ticket.events.iter().filter(|event| event.kind() == TicketEventKind::Raised);
    let raised = raises.clone().rfind(|event| at(event) <= when).map(|event| event.acuity);
    let never_raised = raises.next().is_none().then_some(ticket.acuity);
    raised.or(never_raised).and_then(Acuity::from_wire).map(Acuity::level)
}

/// Whether a ticket was in the queue, offered to nobody, at an instant.
fn waits_at(ticket: &Ticket, when: i64) -> bool {
    use TicketEventKind::{
        BackupOffered, CounselorLost, Declined, Expired, OfferWithdrawn, Queued, Raised, SupervisorPaged, Widened,
    };
    // What does not move a ticket; what became of a page is no step at all.
    let stays = |event: &TicketEvent| {
        event.page > 0 || matches!(event.kind(), Raised | Widened | SupervisorPaged | BackupOffered)
    };
    let last = ticket.events.iter().rfind(|event| at(event) <= when && !stays(event));
    last.is_some_and(|event| matches!(event.kind(), Queued | Declined | Expired | OfferWithdrawn | CounselorLost))
}

/// Whether something of a ticket's need was given up well before an instant.
fn has_widened(ticket: &Ticket, when: i64) -> bool {
    let widened = |event: &TicketEvent| event.kind() == TicketEventKind::Widened;
    ticket.events.iter().any(|event| widened(event) && at(event) <= when - MARGIN_MICROS)
}

/// Whether a counselor had a contact of acuity 1 or 2 in hand: before its first widening no other is offered to them.
fn has_urgent_in_hand(evidence: &Evidence, counselor_id: &str, when: i64) -> bool {
    evidence.tickets.values().filter(|ticket| acuity_at(ticket, when).is_some_and(|level| level <= 2)).any(|ticket| {
        holds(ticket).iter().any(|span| span.counselor == counselor_id && span.from < when && when < span.until)
    })
}

fn refused(ticket: &Ticket, counselor_id: &str) -> bool {
    use TicketEventKind::{CounselorLost, Declined, Expired, OfferWithdrawn};
    ticket.events.iter().any(|event| {
        event.counselor_id == counselor_id
            && matches!(event.kind(), Declined | Expired | OfferWithdrawn | CounselorLost)
    })
}

/// Whether the plain need, not widened, is met. An exclusive channel next to messages in hand cannot be judged from
/// here, so only those that need what a message needs are compared with an offer of a message.
fn could_take(counselor: &Counselor, ticket: &Ticket) -> bool {
    let Some(need) = &ticket.need else { return false };
    let kind = CounselorKind::from_wire(counselor.kind);
    let credentialed = need.jurisdiction.is_empty()
        || ticket.acuity > 2
        || counselor.credentials.iter().any(|credential| credential.jurisdiction == need.jurisdiction);
    counselor.channels.contains(&need.channel)
        && counselor.languages.contains(&need.language)
        && need.leveled_skills.iter().all(|asked| {
            counselor.leveled_skills.iter().any(|skill| skill.name == asked.name && skill.level >= asked.level)
        })
        && CounselorKind::from_wire(need.at_least).is_none_or(|at_least| kind >= Some(at_least))
        && credentialed
        && (counselor.message_capacity <= 1 || Channel::from_wire(need.channel) == Some(Channel::Message))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use harborline_proto::common::v1::Need;

    use super::*;

    fn event(kind: TicketEventKind, second: u64, acuity: i32) -> TicketEvent {
        let at = Some((UNIX_EPOCH + Duration::from_secs(second)).into());
        TicketEvent { kind: kind.into(), counselor_id: "ana".to_owned(), at, acuity, ..TicketEvent::default() }
    }

    fn ticket(id: &str, acuity: i32, events: Vec<TicketEvent>) -> Ticket {
        let need = Some(Need { channel: 2, language: "en".to_owned(), ..Need::default() });
        Ticket { ticket_id: id.to_owned(), contact_id: id.to_owned(), acuity, need, events, ..Ticket::default() }
    }

    /// Violations when one of acuity 3 was offered in second 20, while one waited that became an emergency in this second.
    fn violations_when_raised_in(second: u64) -> u64 {
        use TicketEventKind::{Offered, Queued, Raised};
        let offered = ticket("offered", 3, vec![event(Queued, 1, 0), event(Offered, 20, 0)]);
        let raised = ticket("raised", 1, vec![event(Queued, 0, 0), event(Raised, second, 1)]);
        let ana = Counselor {
            channels: vec![2],
            languages: vec!["en".to_owned()],
            message_capacity: 1,
            ..Counselor::default()
        };
        let evidence = Evidence {
            tickets: [offered, raised].into_iter().map(|ticket| (ticket.contact_id.clone(), ticket)).collect(),
            counselors: BTreeMap::from([("ana".to_owned(), ana)]),
            ..Evidence::default()
        };
        order(&evidence, &BTreeMap::new()).violations
    }

    /// Violations when a chat goes to Ana, who has this many in hand, while Ben, her equal, has one.
    fn violations_when_ana_has(in_hand: u64) -> u64 {
        use TicketEventKind::{Offered, Queued};
        let capacity = 4;
        let equal =
            |id: &str| Counselor { counselor_id: id.to_owned(), message_capacity: capacity, ..Counselor::default() };
        let chat = |id: &str, counselor: &str, second| {
            let offered = TicketEvent { counselor_id: counselor.to_owned(), ..event(Offered, second, 0) };
            ticket(id, 4, vec![event(Queued, 1, 0), offered])
        };
        let before = (0..in_hand).map(|index| chat(&format!("ana's-{index}"), "ana", 10 + index));
        let tickets: Vec<_> = before.chain([chat("ben's", "ben", 10), chat("next", "ana", 30)]).collect();
        let contact = |ticket: &Ticket| harborline_proto::intake::v1::Contact {
            contact_id: ticket.contact_id.clone(),
            ..Default::default()
        };
        let evidence = Evidence {
            contacts: tickets.iter().map(|ticket| (ticket.contact_id.clone(), contact(ticket))).collect(),
            tickets: tickets.into_iter().map(|ticket| (ticket.contact_id.clone(), ticket)).collect(),
            counselors: ["ana", "ben"].map(|id| (id.to_owned(), equal(id))).into(),
            ..Evidence::default()
        };
        let steady = BTreeMap::from(["ana", "ben"].map(|id| (id.to_owned(), UNIX_EPOCH)));
        order(&evidence, &steady).violations
    }

    #[test]
    fn a_chat_goes_to_the_equal_who_has_fewest() {
        assert_eq!((violations_when_ana_has(0), violations_when_ana_has(1)), (0, 0));
        assert_eq!(violations_when_ana_has(2), 1);
    }

    #[test]
    fn who_was_riskier_only_afterwards_was_not_passed_over() {
        assert_eq!(violations_when_raised_in(100), 0);
        assert_eq!(violations_when_raised_in(5), 1);
    }
}
