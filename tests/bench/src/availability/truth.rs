//! What the ledger says about a run: whether anybody was passed over, lost, or given twice.
//!
//! Every step of a round has the round's own instant, and rounds follow one another. So the steps by their instants are
//! what the matcher knew and did: whoever waits after a round was waiting when it decided.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// Faults of a run, by kind. All are zero or it is no line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// A counselor was asked for somebody while a riskier one, or one of the same risk who waited longer, waited whom
    /// the same counselor could have taken.
    pub(crate) inversions: u64,
    /// A counselor was asked or engaged twice at once, a slot held twice, or a contact accepted twice.
    pub(crate) doubles: u64,
    /// A contact that was put into the queue has not reached anybody.
    pub(crate) lost: u64,
    /// Slots that are held after everything is over.
    pub(crate) slots_held: u64,
}

/// What was looked at, and what was found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Truth {
    pub(crate) assignments: u64,
    pub(crate) faults: Faults,
}

/// One step of a ticket.
#[derive(sqlx::FromRow)]
struct Step {
    at: DateTime<Utc>,
    ticket_id: Uuid,
    kind: String,
    counselor_id: Option<String>,
    acuity: i16,
    language: String,
    queued_at: DateTime<Utc>,
}

/// The order of the queue.
type Place = (i16, DateTime<Utc>, Uuid);

impl Step {
    fn place(&self) -> Place {
        (self.acuity, self.queued_at, self.ticket_id)
    }
}

/// Reads the whole ledger.
pub(crate) async fn look(owner: &mut PgConnection) -> anyhow::Result<Truth> {
    let steps: Vec<Step> = sqlx::query_as(
        "select event.at, ticket_id, event.kind, event.counselor_id, ticket.acuity, ticket.language, ticket.queued_at
         from ticket_event as event join ticket using (program_id, ticket_id)
         order by event.at, ticket_id, event.sequence",
    )
    .fetch_all(&mut *owner)
    .await?;
    let spoken: Vec<(String, Vec<String>)> =
        sqlx::query_as("select counselor_id, languages from counselor").fetch_all(&mut *owner).await?;
    let mut truth = replay(&steps, &spoken.into_iter().collect());
    let overlapping: i64 = sqlx::query_scalar(
        "select count(*) from slot_hold as next
         where epoch > 1 and not exists (select from slot_release as released
             where released.program_id = next.program_id and released.counselor_id = next.counselor_id
               and released.slot = next.slot and released.epoch = next.epoch - 1)",
    )
    .fetch_one(&mut *owner)
    .await?;
    let held: i64 = sqlx::query_scalar("select (select count(*) from slot_hold) - (select count(*) from slot_release)")
        .fetch_one(&mut *owner)
        .await?;
    truth.faults.doubles += overlapping.unsigned_abs();
    truth.faults.slots_held = held.unsigned_abs();
    Ok(truth)
}

fn replay(steps: &[Step], spoken: &HashMap<String, Vec<String>>) -> Truth {
    let mut truth = Truth::default();
    let mut waiting: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
    let mut busy: HashMap<&str, Uuid> = HashMap::new();
    let (mut accepted, mut reached) = (HashMap::new(), HashSet::new());
    for round in steps.chunk_by(|one, other| one.at == other.at) {
        // What a round frees it may give away in the same round.
        for step in round {
            let line = waiting.entry(step.language.clone()).or_default();
            let who = step.counselor_id.as_deref().unwrap_or_default();
            match step.kind.as_str() {
                "queued" | "counselor_lost" | "declined" | "expired" | "offer_withdrawn" => {
                    line.insert(step.place());
                    busy.remove(who);
                    *accepted.entry(step.ticket_id).or_insert(0) -= i64::from(step.kind == "counselor_lost");
                }
                "accepted" => {
                    truth.assignments += 1;
                    reached.insert(step.ticket_id);
                    *accepted.entry(step.ticket_id).or_insert(0) += 1;
                }
                "wrapped_up" => {
                    busy.remove(who);
                }
                "withdrawn" | "handed_off" => {
                    line.remove(&step.place());
                }
                _ => {}
            }
        }
        let mut asked = Vec::new();
        for step in round.iter().filter(|step| step.kind == "offered") {
            let who = step.counselor_id.as_deref().unwrap_or_default();
            waiting.entry(step.language.clone()).or_default().remove(&step.place());
            truth.faults.doubles += u64::from(busy.insert(who, step.ticket_id).is_some());
            asked.push((who, step.place()));
        }
        for (who, place) in asked {
            let spoken = spoken.get(who).map(Vec::as_slice).unwrap_or_default();
            let heads = waiting.iter().filter(|(language, _)| spoken.contains(language));
            let passed_over = heads.filter_map(|(_, line)| line.first()).any(|head| *head < place);
            truth.faults.inversions += u64::from(passed_over);
        }
    }
    let twice = accepted.values().filter(|count| **count > 1).count();
    truth.faults.doubles += twice as u64;
    let entered: HashSet<Uuid> = steps.iter().map(|step| step.ticket_id).collect();
    truth.faults.lost = (entered.len() - reached.len()) as u64;
    truth
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(at: i64, ticket: u128, kind: &str, who: Option<&str>, acuity: i16, queued_at: i64) -> Step {
        let instant = |seconds| DateTime::from_timestamp(seconds, 0).expect("an instant");
        Step {
            at: instant(at),
            ticket_id: Uuid::from_u128(ticket),
            kind: kind.to_owned(),
            counselor_id: who.map(str::to_owned),
            acuity,
            language: "en".to_owned(),
            queued_at: instant(queued_at),
        }
    }

    fn faults(steps: &[Step]) -> Faults {
        replay(steps, &HashMap::from([("ana".to_owned(), vec!["en".to_owned()])])).faults
    }

    #[test]
    fn who_is_asked_in_the_order_of_the_queue_is_no_fault() {
        let steps = [
            step(1, 1, "queued", None, 3, 1),
            step(1, 2, "queued", None, 2, 1),
            step(1, 2, "offered", Some("ana"), 2, 1),
            step(2, 2, "accepted", Some("ana"), 2, 1),
            step(3, 2, "wrapped_up", Some("ana"), 2, 1),
            step(3, 1, "offered", Some("ana"), 3, 1),
            step(4, 1, "accepted", Some("ana"), 3, 1),
        ];
        assert_eq!(faults(&steps), Faults::default());
    }

    #[test]
    fn each_fault_is_seen() {
        let passed_over = [
            step(1, 1, "queued", None, 2, 1),
            step(2, 2, "queued", None, 3, 2),
            step(2, 2, "offered", Some("ana"), 3, 2),
            step(3, 2, "accepted", Some("ana"), 3, 2),
        ];
        assert_eq!(faults(&passed_over), Faults { inversions: 1, lost: 1, ..Faults::default() });
        let twice = [
            step(1, 1, "queued", None, 2, 1),
            step(1, 1, "offered", Some("ana"), 2, 1),
            step(2, 1, "accepted", Some("ana"), 2, 1),
            step(3, 1, "accepted", Some("ana"), 2, 1),
            step(4, 2, "queued", None, 2, 4),
            step(4, 2, "offered", Some("ana"), 2, 4),
            step(5, 2, "accepted", Some("ana"), 2, 4),
        ];
        assert_eq!(faults(&twice), Faults { doubles: 2, ..Faults::default() });
    }
}
