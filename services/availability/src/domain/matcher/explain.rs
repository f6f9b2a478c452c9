//! Why a ticket was offered to somebody, or to nobody: what is put on record of a decision.

use harborline_types::{PersonId, TicketId};

use super::bits::Bits;
use super::seats::Seats;
use super::waiting::{may_ask_with_urgent_in_hand, requirements};
use super::{ASK_AGAIN, OpenTicket};

/// Who is named at most: the others are counted.
const NAMED: usize = 8;

/// What a ticket's decision was made from. Each counselor on duty is counted once, under the first rule that ruled them
/// out, in the order of the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The ticket.
    pub ticket: TicketId,
    /// The number of the last event of the round that decided.
    pub step: i32,
    /// Everybody on duty.
    pub on_duty: i32,
    /// On a break, leaving, or reconnecting.
    pub away: i32,
    /// Do not answer on the channel.
    pub channel: i32,
    /// Below the standing.
    pub standing: i32,
    /// Do not speak the language.
    pub language: i32,
    /// Have no credential that is valid now where the caller is.
    pub credential: i32,
    /// Lack a skill or its level, or are not the person who is asked for.
    pub skill: i32,
    /// Gave this ticket back before, or are in the contact.
    pub declined: i32,
    /// Let an offer for this ticket run out before.
    pub silent: i32,
    /// Would fit, and have no room, or (before the first widening) an urgent contact in hand.
    pub busy: i32,
    /// Could be asked.
    pub eligible: i32,
    /// Of those, who had enough for now: a preference, which rules nobody out.
    pub fatigue: i32,
    /// Of the eligible, who have a contact of acuity 1 or 2 in hand: they are asked only if there are no others.
    pub urgent_in_hand: i32,
    /// Some of the eligible; if there are none, some of the busy.
    pub named: Vec<PersonId>,
}

/// Explains what a ticket meets now.
pub(super) fn explain(seats: &Seats, open: &OpenTicket) -> Considered {
    let asked = requirements(&open.ticket);
    let mut left = seats.all.clone();
    let mut rule_out = |set: Option<&Bits>| {
        let before = left.count();
        if let Some(set) = set {
            left.and(set);
        }
        (before - left.count()) as i32
    };
    let away = rule_out(Some(&seats.askable));
    let [channel, standing, language, credential] = seats.meeting(&asked).map(&mut rule_out);
    let skill: i32 = asked.skills.iter().map(|skill| rule_out(Some(seats.skilled(skill)))).sum();
    let only = asked.only.map(|target| seats.only(target));
    let skill = skill + rule_out(only.as_ref());
    let mut take_out = |people: &[PersonId]| {
        let before = left.count();
        people.iter().filter_map(|id| seats.position(id)).for_each(|position| left.set(position, false));
        (before - left.count()) as i32
    };
    let declined = take_out(&open.declined) + take_out(&open.within);
    let silent = if open.ticket.widened < ASK_AGAIN { take_out(&open.silent) } else { 0 };
    let fitting = left.clone();
    left.and(seats.with_room(asked.channel));
    if !may_ask_with_urgent_in_hand(&open.ticket) {
        left = left.without(&seats.urgent_in_hand);
    }
    let (eligible, busy) = (left.count() as i32, (fitting.count() - left.count()) as i32);
    let fatigue = left.count_with(seats.spared(open.ticket.acuity)) as i32;
    let urgent_in_hand = left.count_with(&seats.urgent_in_hand) as i32;
    let among = if eligible > 0 { &left } else { &fitting };
    let named = among.iter().take(NAMED).filter_map(|position| seats.at(position));
    Considered {
        ticket: open.ticket.id,
        step: open.ticket.steps,
        on_duty: seats.len() as i32,
        away,
        channel,
        standing,
        language,
        credential,
        skill,
        declined,
        silent,
        busy,
        eligible,
        fatigue,
        urgent_in_hand,
        named: named.map(|seat| seat.on_duty.counselor.id.clone()).collect(),
    }
}
