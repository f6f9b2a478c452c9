//! Riskiest first, then the longest wait: every offer that was ever made, compared with the contacts that waited then.
//!
//! All steps of a round have one instant, and the state after it shows whether the right contact was served: of two
//! that waited and that the same counselor could have taken, the one that still waits must not be the one that goes
//! first.

use std::collections::{BTreeMap, BTreeSet};

use harborline_types::Timestamp;
use uuid::Uuid;

use super::books::{Books, EventRow, TicketRow};
use super::cast::{Asked, person};
use super::reference::URGENT;

/// A ticket in the course of its history.
#[derive(Clone)]
struct Course<'a> {
    row: &'a TicketRow,
    acuity: i16,
    is_waiting: bool,
    /// The counselor who is asked, has it, or wraps it up, and since when.
    holder: Option<String>,
    since: Timestamp,
    is_accepted: bool,
    /// The caller left while a counselor had the contact.
    caller_left: bool,
    /// The counselors who were asked before, and declined or let the offer run out.
    asked_before: BTreeSet<String>,
}

/// The faults of all steps up to now. `first_acuity` has the acuity of each contact when it came.
pub(super) fn faults(books: &Books, first_acuity: &BTreeMap<Uuid, i16>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut courses: BTreeMap<Uuid, Course<'_>> = BTreeMap::new();
    for round in books.events.chunk_by(|one, next| one.at == next.at) {
        for event in round {
            let Some(row) = books.tickets.get(&event.ticket_id) else {
                faults.push(format!("a step of a ticket that is not there: {event:?}"));
                continue;
            };
            let course = courses.entry(event.ticket_id).or_insert_with(|| Course {
                row,
                acuity: first_acuity
                    .get(&row.contact_id)
                    .filter(|_| row.kind == "answer")
                    .copied()
                    .unwrap_or(row.acuity),
                is_waiting: false,
                holder: None,
                since: event.at,
                is_accepted: false,
                caller_left: false,
                asked_before: BTreeSet::new(),
            });
            faults.extend(take(course, event));
        }
        for event in round.iter().filter(|event| event.kind == "offered") {
            faults.extend(passed_over(&courses, event));
        }
    }
    faults
}

/// Takes a step; answers its fault, if it must not have been taken.
fn take(course: &mut Course<'_>, event: &EventRow) -> Option<String> {
    let who = event.counselor_id.clone();
    let fault = |what: &str| Some(format!("{what}: {event:?}"));
    match event.kind.as_str() {
        "queued" => course.is_waiting = true,
        "offered" => {
            let meets = who.as_deref().and_then(person).is_some_and(|person| course.row.asked.is_met_by(person));
            let was_asked = who.as_ref().is_some_and(|who| course.asked_before.contains(who));
            let was_held = course.holder.is_some();
            (course.is_waiting, course.holder, course.since) = (false, who, event.at);
            if !meets {
                return fault("offered to a counselor who cannot take it");
            }
            if was_asked {
                return fault("offered to a counselor who was asked before");
            }
            if was_held {
                return fault("offered to two");
            }
        }
        "accepted" => {
            let is_theirs = who.is_some() && course.holder == who;
            if std::mem::replace(&mut course.is_accepted, true) || !is_theirs {
                return fault("accepted twice, or by another counselor");
            }
        }
        "declined" | "expired" | "offer_withdrawn" | "counselor_lost" => {
            if matches!(event.kind.as_str(), "declined" | "expired") {
                course.asked_before.extend(who);
            }
            (course.is_waiting, course.holder, course.is_accepted) = (!course.caller_left, None, false);
        }
        "raised" => course.acuity = event.acuity.unwrap_or(course.acuity),
        "withdrawn" => {
            if !course.is_waiting {
                return fault("left the queue from somewhere else");
            }
            course.is_waiting = false;
        }
        "released" => {
            if !course.is_accepted {
                return fault("over before a counselor had it");
            }
        }
        "caller_left" => {
            if !course.is_accepted {
                return fault("a caller left, but no counselor had the contact");
            }
            course.caller_left = true;
        }
        "wrapped_up" => course.holder = None,
        _ => return fault("a step that nothing led to"),
    }
    None
}

/// The fault of an offer after whose round a contact still waits that goes first.
fn passed_over(courses: &BTreeMap<Uuid, Course<'_>>, event: &EventRow) -> Option<String> {
    let who = event.counselor_id.as_deref().and_then(person)?;
    let served = courses.get(&event.ticket_id)?;
    let place = |course: &Course<'_>| (course.acuity, course.row.queued_at);
    let goes_first = |course: &&Course<'_>| {
        if !course.is_waiting || place(course) >= place(served) || course.asked_before.contains(who.name) {
            return false;
        }
        // The tickets that the counselor had in hand when this contact was served. Those later in the order of the
        // round were not there yet; of two contacts that came at the same instant, either may go first.
        let was_there = |other: &&Course<'_>| {
            other.holder.as_deref() == Some(who.name) && (other.since < event.at || place(other) <= place(course))
        };
        if courses.values().filter(was_there).any(|other| other.acuity <= URGENT) {
            return false;
        }
        let in_hand: Vec<&Asked> = courses.values().filter(was_there).map(|other| &other.row.asked).collect();
        course.row.asked.is_met_by(who) && course.row.asked.has_room(who, &in_hand)
    };
    let first = courses.values().find(goes_first)?;
    Some(format!(
        "{} was asked for a contact of acuity {} and one of acuity {} waited: {event:?} before {:?}",
        who.name, served.acuity, first.acuity, first.row
    ))
}
