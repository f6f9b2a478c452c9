//! The wallboard of a program: its queue, its counselors and its day at one instant, and what differs between two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use harborline_types::{Acuity, PersonId, Timestamp};

use super::Activity;
use super::measures::{StaffTime, Tally};

/// The wait within which a contact is to be answered: the wallboard's service level.
pub const ANSWERED_WITHIN: Duration = Duration::from_secs(20);

/// A program at one instant. No wallboard names a caller.
#[derive(Clone, Debug, PartialEq)]
pub struct Wallboard {
    /// When it was read. Real time, as every instant on it.
    pub at: Timestamp,
    /// The contacts that wait, by acuity. An acuity of which none waits is absent.
    pub queue: BTreeMap<Acuity, Waiting>,
    /// Waiting contacts for which the supervisor on call was paged.
    pub pages_open: i64,
    /// The counselors on duty.
    pub counselors: CounselorsOnDuty,
    /// The figures of the day so far.
    pub today: Today,
}

/// The counselors on duty and what they do. Shared by wallboards between which no counselor changes.
pub type CounselorsOnDuty = Arc<BTreeMap<PersonId, CounselorOnDuty>>;

/// The contacts of one acuity that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub contacts: i64,
    /// When the longest of the present waits began.
    pub longest_since: Timestamp,
}

/// A counselor on duty, as the wallboard shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounselorOnDuty {
    /// As the roster has it.
    pub name: String,
    /// What they are doing.
    pub activity: Activity,
    /// Since when.
    pub since: Timestamp,
}

/// The figures of a day so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Today {
    /// Local midnight.
    pub since: Timestamp,
    /// Contacts that entered the queue.
    pub offered: usize,
    /// Contacts that a counselor took.
    pub answered: usize,
    /// Contacts that left before the short wait was over.
    pub short_abandoned: usize,
    /// Contacts that left later.
    pub abandoned: usize,
    /// Contacts that were handed to the backup line.
    pub handed_off: usize,
    /// The share answered within [`ANSWERED_WITHIN`] of the contacts that were to be, 0 to 1.
    pub service_level: Option<f64>,
    /// The busy share of the counselors' time on duty, 0 to 1.
    pub occupancy: Option<f64>,
}

impl Today {
    /// The figures of a day, from the measures of its contacts and its counselors.
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

/// Rounds a share to what the wallboard shows, since an occupancy moves with every second and each difference would be
/// sent to all watchers. It rounds down: no figure may look better than it is.
fn in_thousandths(share: f64) -> f64 {
    (share * 1000.0).floor() / 1000.0
}

/// How the counselors of a wallboard differ from those of an older one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CounselorChanges {
    /// Counselors who came on duty or do something else now.
    pub changed: BTreeSet<PersonId>,
    /// Counselors who went off duty.
    pub gone: BTreeSet<PersonId>,
}

impl Wallboard {
    /// The counselors on duty after these were read again: those who were not found have gone off duty, and all others
    /// are as they were.
    pub fn on_duty_after(
        &self,
        read_again: &BTreeSet<PersonId>,
        found: BTreeMap<PersonId, CounselorOnDuty>,
    ) -> CounselorsOnDuty {
        let mut on_duty = self.counselors.clone();
        if !read_again.is_empty() {
            let on_duty = Arc::make_mut(&mut on_duty);
            on_duty.retain(|id, _| !read_again.contains(id));
            on_duty.extend(found);
        }
        on_duty
    }

    /// How many counselors have each activity.
    pub fn activities(&self) -> BTreeMap<Activity, i64> {
        self.counselors.values().fold(BTreeMap::new(), |mut count, counselor| {
            *count.entry(counselor.activity).or_default() += 1;
            count
        })
    }

    /// How the counselors differ from those of an older wallboard.
    pub fn changes_since(&self, older: &Self) -> CounselorChanges {
        let is_new = |(id, now): &(&PersonId, &CounselorOnDuty)| older.counselors.get(*id) != Some(*now);
        CounselorChanges {
            changed: self.counselors.iter().filter(is_new).map(|(id, _)| id.clone()).collect(),
            gone: older.counselors.keys().filter(|id| !self.counselors.contains_key(*id)).cloned().collect(),
        }
    }

    /// Whether it shows the same as another wallboard, apart from the time.
    pub fn shows_the_same(&self, other: &Self) -> bool {
        *self == Self { at: self.at, ..other.clone() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::{DateTime, TimeDelta};
    use harborline_types::PersonId;

    use super::*;

    /// A wallboard of a day without contacts, with these counselors and activities.
    pub(crate) fn wallboard(counselors: &[(&str, Activity)]) -> Wallboard {
        let at = DateTime::UNIX_EPOCH;
        let on_duty = |activity| CounselorOnDuty { name: "A name".to_owned(), activity, since: at };
        let counselors = counselors.iter().map(|(id, activity)| (PersonId::parse(id).unwrap(), on_duty(*activity)));
        Wallboard {
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
    fn the_changes_are_the_counselors_who_came_changed_or_went() {
        let older =
            wallboard(&[("ana", Activity::Available), ("ben", Activity::Available), ("cho", Activity::Engaged)]);
        let newer =
            wallboard(&[("ana", Activity::Available), ("ben", Activity::OnBreak), ("dee", Activity::Available)]);
        assert_eq!(
            newer.changes_since(&older),
            CounselorChanges { changed: ids(&["ben", "dee"]), gone: ids(&["cho"]) }
        );
        assert_eq!(newer.changes_since(&newer), CounselorChanges::default());
    }

    #[test]
    fn a_counselor_read_again_is_as_found_or_gone_and_all_others_are_as_before() {
        let before =
            wallboard(&[("ana", Activity::Available), ("ben", Activity::Engaged), ("cho", Activity::Available)]);
        let found = wallboard(&[("ana", Activity::Offered), ("dee", Activity::Available)]).counselors;
        let after = before.on_duty_after(&ids(&["ana", "ben", "dee"]), (*found).clone());
        let expected =
            wallboard(&[("ana", Activity::Offered), ("cho", Activity::Available), ("dee", Activity::Available)]);
        assert_eq!(after, expected.counselors);
        assert!(Arc::ptr_eq(&before.on_duty_after(&ids(&[]), BTreeMap::new()), &before.counselors));
    }

    #[test]
    fn time_alone_is_no_change() {
        let older = wallboard(&[("ana", Activity::Available)]);
        let later = Wallboard { at: older.at + TimeDelta::seconds(9), ..older.clone() };
        assert!(later.shows_the_same(&older));
        assert!(!Wallboard { pages_open: 1, ..later }.shows_the_same(&older));
    }
}
