//! The line at a glance, and what has changed on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use harborline_types::{Acuity, PersonId, Timestamp};

use super::Activity;
use super::measures::{StaffTime, Tally};

/// The wait within which a contact is to be answered: the board's service level.
pub const ANSWERED_WITHIN: Duration = Duration::from_secs(20);

/// The line at one instant. Nothing of callers is on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// When it was read. Real time, as all of it.
    pub at: Timestamp,
    /// Who waits, by acuity; nobody is an absent line.
    pub queue: BTreeMap<Acuity, Waiting>,
    /// Waiting contacts for which the supervisor on call was paged.
    pub pages_open: i64,
    /// Who is on duty.
    pub counselors: OnDutyNow,
    /// What the day came to so far.
    pub today: Today,
}

/// Who is on duty and what they do: the boards between which nobody moves have it in common.
pub type OnDutyNow = Arc<BTreeMap<PersonId, OnBoard>>;

/// Who waits, of one acuity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub contacts: i64,
    /// When the longest of the present waits began.
    pub longest_since: Timestamp,
}

/// A counselor on duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnBoard {
    /// As the roster has it.
    pub name: String,
    /// What they are doing.
    pub activity: Activity,
    /// Since when.
    pub since: Timestamp,
}

/// What a day came to so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Today {
    /// Local midnight.
    pub since: Timestamp,
    /// Entered the queue.
    pub offered: usize,
    /// A counselor took them.
    pub answered: usize,
    /// Left before the short wait was over.
    pub short_abandoned: usize,
    /// Left later.
    pub abandoned: usize,
    /// Handed to the backup line.
    pub handed_off: usize,
    /// Answered within [`ANSWERED_WITHIN`] of those who were to be, 0 to 1.
    pub service_level: Option<f64>,
    /// Of the counselors' time, 0 to 1.
    pub occupancy: Option<f64>,
}

impl Today {
    /// What a day came to, from its figures.
    pub fn of(since: Timestamp, contacts: &Tally, staff: &StaffTime) -> Self {
        Self {
            since,
            offered: contacts.offered,
            answered: contacts.answered(),
            short_abandoned: contacts.short_abandoned,
            abandoned: contacts.abandoned,
            handed_off: contacts.handed_off,
            service_level: contacts.service_level(ANSWERED_WITHIN).of_offered.map(in_thousandths),
            occupancy: staff.occupancy().map(in_thousandths),
        }
    }
}

/// What nobody can see is no change: an occupancy moves with every second. Rounded down, for nothing is to look better
/// than it is.
fn in_thousandths(share: f64) -> f64 {
    (share * 1000.0).floor() / 1000.0
}

/// Who is to be shown anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// Came, or does something else.
    pub changed: BTreeSet<PersonId>,
    /// Went off duty.
    pub gone: BTreeSet<PersonId>,
}

impl Board {
    /// Who is on duty after these were looked for: who was not found has gone, and the others are as they were.
    pub fn on_duty_after(&self, looked_for: &BTreeSet<PersonId>, found: BTreeMap<PersonId, OnBoard>) -> OnDutyNow {
        let mut on_duty = self.counselors.clone();
        if !looked_for.is_empty() {
            let on_duty = Arc::make_mut(&mut on_duty);
            on_duty.retain(|id, _| !looked_for.contains(id));
            on_duty.extend(found);
        }
        on_duty
    }

    /// How many counselors do what.
    pub fn activities(&self) -> BTreeMap<Activity, i64> {
        self.counselors.values().fold(BTreeMap::new(), |mut count, counselor| {
            *count.entry(counselor.activity).or_default() += 1;
            count
        })
    }

    /// Which counselors are to be shown anew to who saw an older board.
    pub fn moves_since(&self, older: &Self) -> Moves {
        let is_new = |(id, now): &(&PersonId, &OnBoard)| older.counselors.get(*id) != Some(*now);
        Moves {
            changed: self.counselors.iter().filter(is_new).map(|(id, _)| id.clone()).collect(),
            gone: older.counselors.keys().filter(|id| !self.counselors.contains_key(*id)).cloned().collect(),
        }
    }

    /// Whether it shows the same as another one, the time aside.
    pub fn shows_the_same(&self, other: &Self) -> bool {
        *self == Self { at: self.at, ..other.clone() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::{DateTime, TimeDelta};
    use harborline_types::PersonId;

    use super::*;

    /// A board of a day without contacts, on which these do this.
    pub(crate) fn board(counselors: &[(&str, Activity)]) -> Board {
        let at = DateTime::UNIX_EPOCH;
        let on_board = |activity| OnBoard { name: "A name".to_owned(), activity, since: at };
        let counselors = counselors.iter().map(|(id, activity)| (PersonId::parse(id).unwrap(), on_board(*activity)));
        Board {
            at,
            queue: BTreeMap::new(),
            pages_open: 0,
            counselors: Arc::new(counselors.collect()),
            today: Today::of(at, &Tally::default(), &StaffTime::default()),
        }
    }

    fn ids(ids: &[&str]) -> BTreeSet<PersonId> {
        ids.iter().map(|id| PersonId::parse(id).unwrap()).collect()
    }

    #[test]
    fn who_came_changed_or_went_is_shown_anew_and_nobody_else() {
        let older = board(&[("ana", Activity::Available), ("ben", Activity::Available), ("cho", Activity::Engaged)]);
        let newer = board(&[("ana", Activity::Available), ("ben", Activity::OnBreak), ("dee", Activity::Available)]);
        assert_eq!(newer.moves_since(&older), Moves { changed: ids(&["ben", "dee"]), gone: ids(&["cho"]) });
        assert_eq!(newer.moves_since(&newer), Moves::default());
    }

    #[test]
    fn who_was_looked_for_is_as_found_or_gone_and_nobody_else_has_moved() {
        let before = board(&[("ana", Activity::Available), ("ben", Activity::Engaged), ("cho", Activity::Available)]);
        let found = board(&[("ana", Activity::Offered), ("dee", Activity::Available)]).counselors;
        let after = before.on_duty_after(&ids(&["ana", "ben", "dee"]), (*found).clone());
        let expected = board(&[("ana", Activity::Offered), ("cho", Activity::Available), ("dee", Activity::Available)]);
        assert_eq!(after, expected.counselors);
        assert!(Arc::ptr_eq(&before.on_duty_after(&ids(&[]), BTreeMap::new()), &before.counselors));
    }

    #[test]
    fn time_alone_is_no_change() {
        let older = board(&[("ana", Activity::Available)]);
        let later = Board { at: older.at + TimeDelta::seconds(9), ..older.clone() };
        assert!(later.shows_the_same(&older));
        assert!(!Board { pages_open: 1, ..later }.shows_the_same(&older));
    }
}
