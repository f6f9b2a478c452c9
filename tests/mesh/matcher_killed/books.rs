//! What the line's books tell in the end.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use harborline_testkit::wait_until;
use sqlx::PgPool;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct Step {
    ticket_id: Uuid,
    contact_id: Uuid,
    channel: String,
    /// Whether its ticket is a race: others are asked for an emergency that somebody is asked for.
    is_race: bool,
    kind: String,
    counselor_id: Option<String>,
    at: DateTime<Utc>,
}

/// A time in which a counselor's slots were held for a contact.
struct Held {
    ticket: Uuid,
    is_call: bool,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// Waits until nobody waits, nobody is talked to, and every slot is back.
pub(super) async fn until_everybody_was_answered(database: &PgPool) {
    let open = "select (select count(*) from ticket where is_open)
                     + (select count(*) from slot_hold) - (select count(*) from slot_release)";
    wait_until("everybody was answered and every slot is back", || async {
        let open: i64 = sqlx::query_scalar(open).fetch_one(database).await.expect("the database answers");
        (open == 0).then_some(())
    })
    .await;
}

/// Whatever happened that must not have.
pub(super) async fn faults(database: &PgPool, acknowledged: &BTreeSet<Uuid>, taken: &BTreeSet<String>) -> Vec<String> {
    let steps = "select ticket_event.*, contact_id, channel, ticket.kind = 'race' as is_race
                 from ticket_event join ticket using (program_id, ticket_id) order by ticket_id, sequence";
    let steps: Vec<Step> = sqlx::query_as(steps).fetch_all(database).await.expect("the database answers");
    let mut faults = Vec::new();
    let mut missing = acknowledged.clone();
    let mut held: BTreeMap<String, Vec<Held>> = BTreeMap::new();
    for history in steps.chunk_by(|one, next| one.ticket_id == next.ticket_id) {
        let Step { contact_id, is_race, .. } = history[0];
        if !is_race && !missing.remove(&contact_id) {
            faults.push(format!("contact {contact_id} has two tickets, or never came"));
        }
        faults.extend(walk(history, &mut held));
    }
    faults.extend(missing.iter().map(|contact| format!("contact {contact} was acknowledged and is not there")));
    faults.extend(held.iter_mut().flat_map(|(counselor, held)| given_twice(counselor, held)));
    let accepted = "select offer_id::text from offer where accepted_at is not null";
    let accepted: Vec<String> = sqlx::query_scalar(accepted).fetch_all(database).await.expect("the database answers");
    let accepted: BTreeSet<_> = accepted.into_iter().collect();
    faults.extend(taken.difference(&accepted).map(|offer| format!("offer {offer} was taken and is not on record")));
    for (what, question) in LEFT_OVER {
        let left: i64 = sqlx::query_scalar(question).fetch_one(database).await.expect("the database answers");
        faults.extend((left != 0).then(|| format!("{left} {what}")));
    }
    faults
}

/// What must not be there in the end.
const LEFT_OVER: [(&str, &str); 2] = [
    (
        "slots were given while they were held",
        "select count(*) from slot_hold as one join slot_hold as other using (program_id, counselor_id, slot)
         where other.epoch > one.epoch and not exists (
             select from slot_release as released
             where released.counselor_id = one.counselor_id and released.slot = one.slot
               and released.epoch = one.epoch)",
    ),
    ("posts were never done", "select count(*) from matcher_post"),
];

/// Walks a ticket's history: at any instant at most one counselor has it, and in the end one has had it to its end. A
/// race is nobody's: its offer is taken back, or is the contact's own ticket's from then on.
fn walk(history: &[Step], held: &mut BTreeMap<String, Vec<Held>>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut has_it: Option<&Step> = None;
    let (mut is_accepted, mut is_over) = (false, false);
    for step in history {
        let mut fault = |what: &str| faults.push(format!("ticket {}: {what} at {}", step.ticket_id, step.at));
        match step.kind.as_str() {
            "queued" => {}
            "offered" => {
                if has_it.replace(step).is_some() || is_over {
                    fault("offered while somebody has it");
                }
            }
            "accepted" => {
                if is_accepted || has_it.is_none_or(|offered| offered.counselor_id != step.counselor_id) {
                    fault("accepted by two, or by nobody who was asked");
                }
                is_accepted = true;
            }
            "released" => is_over = is_accepted,
            "withdrawn" if step.is_race && has_it.is_none() => {}
            "offer_withdrawn" | "offer_passed_on" | "counselor_lost" | "wrapped_up" => {
                is_accepted = false;
                let Some((offered, counselor)) =
                    has_it.take().and_then(|step| Some((step, step.counselor_id.clone()?)))
                else {
                    fault("taken from nobody");
                    continue;
                };
                let (ticket, is_call) = (step.ticket_id, step.channel != "message");
                let times = Held { ticket, is_call, from: offered.at, until: step.at };
                held.entry(counselor).or_default().push(times);
            }
            other => fault(&format!("a step that nobody took, {other}")),
        }
    }
    if is_over == history[0].is_race || has_it.is_some() {
        faults.push(format!("contact {} was never answered to its end", history[0].contact_id));
    }
    faults
}

/// Calls of one counselor that were given while something else was in hand.
fn given_twice(counselor: &str, held: &mut [Held]) -> Vec<String> {
    held.sort_by_key(|one| one.from);
    let mut faults = Vec::new();
    for (index, one) in held.iter().enumerate() {
        let at_once = held[index + 1..].iter().take_while(|other| other.from < one.until);
        let call = at_once.into_iter().find(|other| one.is_call || other.is_call);
        faults.extend(call.map(|other| format!("{counselor} had {} and {} at once", one.ticket, other.ticket)));
    }
    faults
}
