//! Duties that a transaction takes on or takes back: they are written by the statement that ends it.
//!
//! The worker that runs them, and the table, are in `harborline-duties`.

use std::collections::BTreeMap;
use std::fmt;

use harborline_types::{DutyId, ProgramId, Timestamp};
use sqlx::{Postgres, QueryBuilder};

/// A duty to take on.
#[derive(Clone, Debug)]
pub struct Owed {
    /// Which handler runs it.
    pub kind: &'static str,
    /// What it is about: an id, or an id and a number.
    pub subject: String,
    /// On the domain's clock; none when it is due at once.
    pub due_at: Option<Timestamp>,
    /// Whether its subject happens once, so that it is never owed again.
    pub is_once: bool,
}

impl Owed {
    /// Due at once.
    pub fn now(kind: impl Into<&'static str>, subject: impl fmt::Display) -> Self {
        Self { kind: kind.into(), subject: subject.to_string(), due_at: None, is_once: false }
    }

    /// Due at once, and never owed again: its subject is something that happens once.
    pub fn once(kind: impl Into<&'static str>, subject: impl fmt::Display) -> Self {
        Self { is_once: true, ..Self::now(kind, subject) }
    }

    /// Due at an instant of the domain's clock.
    pub fn at(kind: impl Into<&'static str>, subject: impl fmt::Display, due_at: Timestamp) -> Self {
        Self { due_at: Some(due_at), ..Self::now(kind, subject) }
    }
}

/// What owing a duty does that is owed already.
pub const OWED_AGAIN: &str = "on conflict on constraint duty_subject do update
    set due_at = least(duty.due_at, excluded.due_at), retry_at = now(), attempt = 0,
        generation = duty.generation + 1, parked_at = null, traceparent = excluded.traceparent";

/// What owing a duty does that was taken back before.
const OWED_ANEW: &str = "on conflict on constraint duty_subject do update
    set due_at = excluded.due_at, retry_at = now(), attempt = 0,
        generation = duty.generation + 1, parked_at = null, traceparent = excluded.traceparent";

/// What becomes of one duty.
#[derive(Debug, PartialEq, Eq)]
enum Act {
    /// It runs by this instant, or at once; if it is owed already, no later than it would.
    Owe(Option<Timestamp>),
    /// It runs at this instant, or at once, whatever was owed.
    Replace(Option<Timestamp>),
    /// It does not run.
    Cancel,
}

/// What becomes of the duties of a transaction, each of them once: in their order, so that two transactions wait for the
/// same rows one after the other.
#[derive(Debug, Default)]
pub(crate) struct DutyChanges {
    acts: BTreeMap<(&'static str, String), Act>,
}

impl DutyChanges {
    pub(crate) fn owe(&mut self, owed: Owed) {
        let due_at = owed.due_at;
        // None is before every instant, as it is meant.
        let act = self.acts.entry((owed.kind, owed.subject)).or_insert(Act::Owe(due_at));
        match act {
            Act::Owe(at) | Act::Replace(at) => *at = due_at.min(*at),
            Act::Cancel => *act = Act::Replace(due_at),
        }
    }

    pub(crate) fn cancel(&mut self, kind: &'static str, subject: String) {
        self.acts.insert((kind, subject), Act::Cancel);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.acts.is_empty()
    }

    /// Whether there is something to do.
    pub(crate) fn owes(&self) -> bool {
        self.acts.values().any(|act| *act != Act::Cancel)
    }

    /// Writes the parts of a statement that make the changes, each after a comma.
    pub(crate) fn parts(&self, query: &mut QueryBuilder<Postgres>, program: ProgramId) {
        let owe = |act: &Act| if let Act::Owe(due_at) = act { Some(*due_at) } else { None };
        let replace = |act: &Act| if let Act::Replace(due_at) = act { Some(*due_at) } else { None };
        self.insert(query, program, ("owed", OWED_AGAIN), owe);
        self.insert(query, program, ("replaced", OWED_ANEW), replace);
        let cancelled: Vec<_> =
            self.acts.iter().filter(|(_, act)| **act == Act::Cancel).map(|(duty, _)| duty).collect();
        if !cancelled.is_empty() {
            query.push(", cancelled as (delete from duty where program_id = ").push_bind(program);
            query.push(" and (kind, subject) in (select * from unnest(");
            query.push_bind(cancelled.iter().map(|(kind, _)| *kind).collect::<Vec<_>>()).push("::text[], ");
            query.push_bind(cancelled.iter().map(|(_, subject)| subject.clone()).collect::<Vec<_>>());
            query.push("::text[])))");
        }
    }

    fn insert(
        &self,
        query: &mut QueryBuilder<Postgres>,
        program: ProgramId,
        (part, on_conflict): (&str, &str),
        due_at: impl Fn(&Act) -> Option<Option<Timestamp>>,
    ) {
        let owed: Vec<_> = self.acts.iter().filter_map(|(duty, act)| Some((duty, due_at(act)?))).collect();
        if owed.is_empty() {
            return;
        }
        let traceparent = harborline_telemetry::trace::current_traceparent();
        query.push(format_args!(", {part} as (insert into duty (program_id, duty_id, kind, subject, due_at, "));
        query.push("traceparent) select ").push_bind(program);
        query.push(", duty_id, kind, subject, coalesce(due_at, '-infinity'), ").push_bind(traceparent);
        query.push(" from unnest(").push_bind(owed.iter().map(|_| DutyId::new()).collect::<Vec<_>>());
        query.push("::uuid[], ").push_bind(owed.iter().map(|((kind, _), _)| *kind).collect::<Vec<_>>());
        query.push("::text[], ").push_bind(owed.iter().map(|((_, subject), _)| subject.clone()).collect::<Vec<_>>());
        query.push("::text[], ").push_bind(owed.iter().map(|(_, due_at)| *due_at).collect::<Vec<_>>());
        query.push("::timestamptz[]) as new (duty_id, kind, subject, due_at) ").push(on_conflict).push(")");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_timestamp(second, 0).unwrap()
    }

    fn after(changes: impl FnOnce(&mut DutyChanges)) -> Option<Act> {
        let mut all = DutyChanges::default();
        changes(&mut all);
        all.acts.remove(&("ring", "bell".to_owned()))
    }

    #[test]
    fn of_two_instants_the_earlier_counts_and_at_once_before_all() {
        let owed = |first, second| {
            after(|changes| {
                changes.owe(first);
                changes.owe(second);
            })
        };
        let (one, two, now) =
            (Owed::at("ring", "bell", at(1)), Owed::at("ring", "bell", at(2)), Owed::now("ring", "bell"));
        assert_eq!(owed(two.clone(), one.clone()), Some(Act::Owe(Some(at(1)))));
        assert_eq!(owed(one.clone(), two), Some(Act::Owe(Some(at(1)))));
        assert_eq!(owed(one, now), Some(Act::Owe(None)));
    }

    #[test]
    fn what_is_taken_back_and_owed_again_forgets_the_instant_before() {
        let replaced = after(|changes| {
            changes.owe(Owed::now("ring", "bell"));
            changes.cancel("ring", "bell".to_owned());
            changes.owe(Owed::at("ring", "bell", at(9)));
        });
        assert_eq!(replaced, Some(Act::Replace(Some(at(9)))));
        let cancelled = after(|changes| {
            changes.owe(Owed::now("ring", "bell"));
            changes.cancel("ring", "bell".to_owned());
        });
        assert_eq!(cancelled, Some(Act::Cancel));
    }
}
