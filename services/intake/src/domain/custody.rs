//! Whose the person is, at every instant (P4).
//!
//! A chain of intervals belongs to an inbound contact: each begins at the instant the one before it ended. The database
//! refuses anything else (migrations/0103_custody.sql); here is decided who comes next.

use harborline_types::{Person, Timestamp, text_enum};

text_enum! {
    /// Why the owner is the owner.
    pub enum OwnerRole {
        /// Answers for whoever waits.
        SupervisorOnCall = "supervisor_on_call",
        /// Is in the contact.
        Counselor = "counselor",
        /// Has accepted, by name.
        Clinic = "clinic",
        /// Follows up.
        ResponsibleClinician = "responsible_clinician",
        /// Took over what nobody of ours could.
        BackupLine = "backup_line",
        /// The owner of last resort.
        ClinicalDirector = "clinical_director",
    }
}

/// The id under which the backup line owns.
const BACKUP_LINE: &str = "backup-line";

/// Who owns, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) role: OwnerRole,
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Owner {
    /// A person in a role.
    pub(crate) fn new(role: OwnerRole, person: &Person) -> Self {
        Self { role, id: person.id.to_string(), name: person.name.clone() }
    }
}

/// Who shall own next, before it is known who that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Custodian {
    /// Who answers for those who wait.
    OnDuty,
    /// The counselor who accepted.
    Counselor(Person),
    /// The outside line.
    BackupLine,
    /// Who follows up.
    FollowsUp,
    /// Who follows up, unless a counselor is talking with the person now.
    FollowsUpUnlessTalking,
}

/// Those who may own the contacts of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owners {
    pub(crate) clinical_director: Person,
    pub(crate) supervisor: Option<Person>,
    pub(crate) backup_line: String,
    /// None for an unknown caller.
    pub(crate) responsible_clinician: Option<Person>,
    /// Named by the clinic that accepted.
    pub(crate) clinic: Option<Person>,
}

/// The supervisor on call; the clinical director while none is named.
pub(crate) fn on_duty(supervisor: Option<&Person>, clinical_director: &Person) -> Owner {
    match supervisor {
        Some(person) => Owner::new(OwnerRole::SupervisorOnCall, person),
        None => Owner::new(OwnerRole::ClinicalDirector, clinical_director),
    }
}

impl Owners {
    fn on_duty(&self) -> Owner {
        on_duty(self.supervisor.as_ref(), &self.clinical_director)
    }

    fn follows_up(&self) -> Owner {
        match (&self.clinic, &self.responsible_clinician) {
            (Some(person), _) => Owner::new(OwnerRole::Clinic, person),
            (None, Some(person)) => Owner::new(OwnerRole::ResponsibleClinician, person),
            (None, None) => self.on_duty(),
        }
    }

    fn backup_line(&self) -> Owner {
        Owner { role: OwnerRole::BackupLine, id: BACKUP_LINE.to_owned(), name: self.backup_line.clone() }
    }
}

/// One owner's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    /// From 1, without gap.
    pub(crate) sequence: i32,
    pub(crate) owner: Owner,
    pub(crate) since: Timestamp,
    /// None while it lasts.
    pub(crate) until: Option<Timestamp>,
}

impl Interval {
    /// Whether it lasts.
    pub(crate) fn is_open(&self) -> bool {
        self.until.is_none()
    }

    /// When it ends, if it ends now: never before it began, whatever the clocks say.
    pub(crate) fn end(&self, now: Timestamp) -> Timestamp {
        now.max(self.since)
    }
}

/// The interval that follows `last`, which ends where this one begins; none when the owner stays.
///
/// A chain that had ended and is needed again goes on from the instant it ended: the record shows no time in which
/// nobody answered for the person.
pub(crate) fn next(last: Option<&Interval>, to: &Custodian, owners: &Owners, now: Timestamp) -> Option<Interval> {
    let open = last.filter(|last| last.is_open());
    let owner = match to {
        Custodian::OnDuty => owners.on_duty(),
        Custodian::Counselor(person) => Owner::new(OwnerRole::Counselor, person),
        Custodian::BackupLine => owners.backup_line(),
        Custodian::FollowsUp => owners.follows_up(),
        Custodian::FollowsUpUnlessTalking => match open {
            Some(open) if open.owner.role == OwnerRole::Counselor => return None,
            _ => owners.follows_up(),
        },
    };
    if open.is_some_and(|open| open.owner == owner) {
        return None;
    }
    let (sequence, since) = match last {
        None => (1, now),
        Some(last) => (last.sequence + 1, last.until.unwrap_or_else(|| last.end(now))),
    };
    Some(Interval { sequence, owner, since, until: None })
}

#[cfg(test)]
mod tests {
    use harborline_types::{Clock, PersonId};

    use super::*;

    fn person(id: &str) -> Person {
        Person { id: PersonId::parse(id).unwrap(), name: id.to_owned() }
    }

    fn owners() -> Owners {
        Owners {
            clinical_director: person("director"),
            supervisor: Some(person("supervisor")),
            backup_line: "988".to_owned(),
            responsible_clinician: Some(person("clinician")),
            clinic: None,
        }
    }

    fn who(to: Custodian, owners: &Owners) -> (OwnerRole, String) {
        let owner = next(None, &to, owners, Clock::System.now()).unwrap().owner;
        (owner.role, owner.id)
    }

    #[test]
    fn the_director_stands_in_while_no_supervisor_is_named() {
        assert_eq!(who(Custodian::OnDuty, &owners()).1, "supervisor");
        let without = Owners { supervisor: None, ..owners() };
        assert_eq!(who(Custodian::OnDuty, &without), (OwnerRole::ClinicalDirector, "director".to_owned()));
    }

    #[test]
    fn after_a_conversation_the_clinic_that_accepted_comes_first_then_the_clinician_then_who_is_on_duty() {
        let accepted = Owners { clinic: Some(person("intake-nurse")), ..owners() };
        assert_eq!(who(Custodian::FollowsUp, &accepted).0, OwnerRole::Clinic);
        assert_eq!(who(Custodian::FollowsUp, &owners()).0, OwnerRole::ResponsibleClinician);
        let unknown = Owners { responsible_clinician: None, ..owners() };
        assert_eq!(who(Custodian::FollowsUp, &unknown).0, OwnerRole::SupervisorOnCall);
    }

    #[test]
    fn the_next_interval_begins_where_the_last_one_ends_even_when_the_clock_goes_back() {
        let now = Clock::System.now();
        let last = next(None, &Custodian::OnDuty, &owners(), now).unwrap();
        let earlier = now - chrono::TimeDelta::seconds(5);
        let counselor = Custodian::Counselor(person("ana"));
        let following = next(Some(&last), &counselor, &owners(), earlier).unwrap();
        assert_eq!((following.sequence, following.since), (2, last.end(earlier)));
        assert_eq!(next(Some(&following), &counselor, &owners(), now), None, "the owner stays");
        assert_eq!(next(Some(&following), &Custodian::FollowsUpUnlessTalking, &owners(), now), None);
    }

    #[test]
    fn a_chain_that_had_ended_goes_on_from_where_it_ended() {
        let now = Clock::System.now();
        let ended = Interval { until: Some(now), ..next(None, &Custodian::OnDuty, &owners(), now).unwrap() };
        let later = now + chrono::TimeDelta::hours(3);
        let resumed = next(Some(&ended), &Custodian::FollowsUpUnlessTalking, &owners(), later).unwrap();
        assert_eq!((resumed.sequence, resumed.since), (2, now));
    }
}
