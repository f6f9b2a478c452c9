//! What was said in a contact.

use harborline_proto::intake::v1 as pb;
use harborline_types::wire::{number, numbers, timestamp};
use harborline_types::{Channel, Phi, Timestamp};

use super::call_back_rules;
use super::participant::safe_number;
use crate::domain::contact::{Contact, Direction};
use crate::domain::facts::{Facts, SelfScreening};
use crate::domain::identification::Telling;
use crate::domain::participant::Participant;
use crate::store::Stated;

/// The details of a contact: what was stated at its opening, and further.
pub(crate) fn details(
    contact: &Contact,
    opening: &Facts,
    further: Vec<Stated>,
    participant: Option<Participant>,
    note: Option<Phi<String>>,
) -> pb::ContactDetails {
    let first = contact.channels.first().copied().unwrap_or(contact.channel);
    let opening_statement =
        (contact.direction() == Direction::Inbound).then(|| statement(opening, first, contact.opened_at));
    let further = further.into_iter().map(|stated| statement(&stated.facts, stated.channel, stated.at));
    let is_vouched_for = contact.verified_caller.is_some();
    let (dedicated, safe_numbers) = match participant {
        Some(known) => (Some(known.details.dedicated_number), known.details.profile.into_exposed().safe_numbers),
        None => (None, Vec::new()),
    };
    let number_to_call = opening.callback_number.clone().or(dedicated);
    pb::ContactDetails {
        contact_id: contact.id.to_string(),
        statements: opening_statement.into_iter().chain(further).collect(),
        number_to_call: number_to_call.map(Phi::into_exposed).unwrap_or_default(),
        call_back_rules: Some(call_back_rules(opening.call_back_rules)),
        note: note.map(Phi::into_exposed).unwrap_or_default(),
        telling: number(Telling::to(contact.caller, is_vouched_for)),
        safe_numbers: safe_numbers.into_iter().map(safe_number).collect(),
    }
}

fn statement(facts: &Facts, channel: Channel, at: Timestamp) -> pb::CallerStatement {
    let to_call = facts.callback_number.as_ref().or(facts.callback_as_typed.as_ref());
    pb::CallerStatement {
        stated_at: Some(timestamp(at)),
        channel: number(channel),
        own_words: facts.own_words.as_ref().map(|words| words.expose().clone()).unwrap_or_default(),
        signals: numbers(&facts.signals),
        self_screening: facts.self_screening.as_ref().map(self_screening),
        callback_number: to_call.map(|number| number.expose().clone()).unwrap_or_default(),
    }
}

fn self_screening(screening: &SelfScreening) -> pb::SelfScreening {
    pb::SelfScreening {
        wished_dead: screening.wished_dead.map_or(0, number),
        better_off_dead: screening.better_off_dead.map_or(0, number),
        thoughts_past_week: screening.thoughts_past_week.map_or(0, number),
        ever_tried: screening.ever_tried.map_or(0, number),
        thoughts_now: screening.thoughts_now.map_or(0, number),
    }
}
