//! Where every contact and counselor must be, known from the answers to calls alone.

use std::collections::{BTreeMap, BTreeSet};

use harborline_types::ContactId;
use uuid::Uuid;

use super::books::{Books, TicketRow};
use super::cast::{Asked, Person, ROSTER};

/// Contacts of this acuity and below are urgent.
pub(super) const URGENT: i16 = 2;

/// Where a contact is. A contact that waits may be offered to a counselor: the model does not know that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waits,
    /// The counselor of this number has it.
    With(usize),
    /// The conversation is over, and the counselor's slots are not free yet.
    WrapsUp(usize),
    Over,
    Left,
    /// In the queue without its caller: no counselor is asked for it.
    Held,
}

#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) id: ContactId,
    pub(super) acuity: i16,
    /// How urgent it was when it came.
    pub(super) first_acuity: i16,
    pub(super) stage: Stage,
    /// Whether the caller left while a counselor has it.
    pub(super) caller_left: bool,
}

/// The state of a counselor.
#[derive(Clone, Debug, Default)]
pub(super) struct Day {
    pub(super) is_on_duty: bool,
    pub(super) is_on_break: bool,
    pub(super) is_leaving: bool,
    /// Offers in a row that ran out.
    pub(super) silent: u8,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) contacts: Vec<Contact>,
    pub(super) days: [Day; ROSTER.len()],
}

impl Model {
    /// Chooses one of the contacts in such a stage by a number.
    pub(super) fn pick(&mut self, which: usize, meant: impl Fn(&Stage) -> bool) -> Option<&mut Contact> {
        let mut meant: Vec<_> = self.contacts.iter_mut().filter(|contact| meant(&contact.stage)).collect();
        let index = which.checked_rem(meant.len())?;
        Some(meant.swap_remove(index))
    }

    pub(super) fn contact(&mut self, id: Uuid) -> &mut Contact {
        self.contacts.iter_mut().find(|contact| contact.id.0 == id).expect("a contact that came")
    }

    pub(super) fn first_acuity(&self) -> BTreeMap<Uuid, i16> {
        self.contacts.iter().map(|contact| (contact.id.0, contact.first_acuity)).collect()
    }

    /// The counselor has answered an offer: the count of silent offers begins again.
    pub(super) fn answered(&mut self, who: usize) {
        self.days[who].silent = 0;
    }

    /// An offer to this counselor ran out: two in a row are a break.
    pub(super) fn stayed_silent(&mut self, who: usize) {
        let day = &mut self.days[who];
        day.silent += 1;
        if day.silent == 2 {
            (day.silent, day.is_on_break) = (0, true);
        }
    }

    /// The counselor is gone for good: conversations wait again, in their old place; wrap-ups are over.
    pub(super) fn vanished(&mut self, who: usize) {
        self.days[who] = Day::default();
        for contact in &mut self.contacts {
            match contact.stage {
                Stage::With(counselor) if counselor == who => {
                    contact.stage = if contact.caller_left { Stage::Held } else { Stage::Waits };
                }
                Stage::WrapsUp(counselor) if counselor == who => contact.stage = Stage::Over,
                _ => {}
            }
        }
    }

    /// Differences between the books and the model that no answer explains.
    pub(super) fn contradictions(&self, books: &Books) -> Vec<String> {
        let mut tickets: BTreeMap<Uuid, &TicketRow> = BTreeMap::new();
        let mut faults = Vec::new();
        for row in books.tickets.values() {
            if row.kind == "answer" && tickets.insert(row.contact_id, row).is_some() {
                faults.push(format!("two tickets answer one contact: {row:?}"));
            }
            if row.kind != "answer" && row.state != "withdrawn" {
                faults.push(format!("a transfer is still open: {row:?}"));
            }
        }
        if tickets.len() > self.contacts.len() {
            faults.push("there are more contacts than came".to_owned());
        }
        for contact in &self.contacts {
            let Some(row) = tickets.get(&contact.id.0) else {
                faults.push(format!("{contact:?} is not in the queue"));
                continue;
            };
            let counselor = row.counselor_id.as_deref();
            let is_held_by = |who: usize| counselor == Some(ROSTER[who].name) && row.offer_id.is_some();
            let agrees = match contact.stage {
                Stage::Waits => matches!(row.state.as_str(), "queued" | "offered"),
                Stage::With(who) => row.state == "assigned" && is_held_by(who),
                Stage::WrapsUp(who) => row.state == "released" && is_held_by(who),
                Stage::Over => row.state == "released" && row.offer_id.is_none(),
                Stage::Held => row.state == "queued",
                Stage::Left => row.state == "withdrawn" && row.offer_id.is_none(),
            };
            if !agrees || row.acuity != contact.acuity {
                faults.push(format!("{contact:?} is on record as {row:?}"));
            }
        }
        faults
    }

    /// Differences that must disappear by themselves: presences, and contacts that wait although a free counselor could
    /// take them.
    pub(super) fn unsettled(&self, books: &Books) -> Vec<String> {
        let mut left = Vec::new();
        left.extend(books.is_overdue().then(|| "an offer that ran out is open".to_owned()));
        for (person, day) in ROSTER.iter().zip(&self.days) {
            let stays = day.is_on_duty && !(day.is_leaving && books.in_hand(person.name).is_empty());
            let shown = books.presences.get(person.name).map(|row| (row.on_break, row.leaving));
            let expected = stays.then_some((day.is_on_break, day.is_leaving));
            if shown != expected {
                left.push(format!("{} is {shown:?} (on a break, leaving) and not {expected:?}", person.name));
            }
        }
        let asked_before: BTreeSet<_> = books
            .events
            .iter()
            .filter(|event| matches!(event.kind.as_str(), "declined" | "expired"))
            .filter_map(|event| Some((event.ticket_id, event.counselor_id.as_deref()?)))
            .collect();
        // Nobody is asked for a caller who hung up before the counselor was lost: intake calls them back.
        let is_held = |one: &&Contact| matches!(one.stage, Stage::Held);
        let held: BTreeSet<Uuid> = self.contacts.iter().filter(is_held).map(|one| one.id.0).collect();
        let waits = |row: &&TicketRow| row.state == "queued" && !held.contains(&row.contact_id);
        for row in books.tickets.values().filter(waits) {
            let takes = |person: &&Person| {
                is_free_for(books, person, &row.asked) && !asked_before.contains(&(row.ticket_id, person.name))
            };
            left.extend(ROSTER.iter().find(takes).map(|person| format!("{} is free and {row:?} waits", person.name)));
        }
        left
    }
}

/// Whether a counselor could be asked for this ticket now.
fn is_free_for(books: &Books, person: &Person, asked: &Asked) -> bool {
    let Some(presence) = books.presences.get(person.name) else { return false };
    let in_hand = books.in_hand(person.name);
    // No timer fires, so no ticket is widened, and before the first widening an urgent contact in hand keeps others
    // away.
    if in_hand.iter().any(|row| row.acuity <= URGENT) {
        return false;
    }
    let in_hand: Vec<&Asked> = in_hand.iter().map(|row| &row.asked).collect();
    presence.streams > 0
        && !presence.on_break
        && !presence.leaving
        && asked.is_met_by(person)
        && asked.has_room(person, &in_hand)
}
