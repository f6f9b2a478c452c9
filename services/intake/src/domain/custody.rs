//! Whose the person is, at every instant (P4): one function of what is open.
//!
//! A chain of intervals belongs to an inbound contact: each begins at the instant the one before it ended, and the last
//! one lasts. The database refuses anything else (migrations/0103_custody.sql). While nothing of the contact is open the
//! interval is nobody's, and when something opens again the next one begins.
//!
//! # Not chosen
//! Moving custody with each event (accept, close, accept at the clinic, end of the plan): every order of events that
//! nobody had thought of left a person without an owner. [`owner`] is asked after every change instead, and forgets
//! nothing that is open.

use harborline_types::{Person, Timestamp, text_enum};

use super::contact::ContactState;

text_enum! {
    /// Why the owner is the owner.
    pub enum OwnerRole {
        /// Answers for the callers who wait, and decides what the software may not.
        SupervisorOnCall = "supervisor_on_call",
        /// Is in the contact.
        Counselor = "counselor",
        /// Has accepted, by name.
        Clinic = "clinic",
        /// Follows up.
        ResponsibleClinician = "responsible_clinician",
        /// Has the caller, as somebody who was there has confirmed.
        BackupLine = "backup_line",
        /// The owner of last resort.
        ClinicalDirector = "clinical_director",
        /// Nothing is open.
        Nobody = "nobody",
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
    /// Owns because of being on call now, and not by name: the next supervisor on call takes over.
    pub(crate) on_duty: bool,
}

impl Owner {
    /// A person in a role.
    pub(crate) fn new(role: OwnerRole, person: &Person) -> Self {
        Self { role, id: person.id.to_string(), name: person.name.clone(), on_duty: false }
    }

    fn nobody() -> Self {
        Self { role: OwnerRole::Nobody, id: String::new(), name: String::new(), on_duty: false }
    }
}

/// Those who may own the contacts of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owners {
    pub(crate) clinical_director: Person,
    pub(crate) supervisor: Option<Person>,
    pub(crate) backup_line: String,
    /// None for an unknown caller.
    pub(crate) responsible_clinician: Option<Person>,
}

/// The supervisor on call; the clinical director while none is named.
pub(crate) fn on_duty(supervisor: Option<&Person>, clinical_director: &Person) -> Owner {
    let owner = match supervisor {
        Some(person) => Owner::new(OwnerRole::SupervisorOnCall, person),
        None => Owner::new(OwnerRole::ClinicalDirector, clinical_director),
    };
    Owner { on_duty: true, ..owner }
}

impl Owners {
    fn on_duty(&self) -> Owner {
        on_duty(self.supervisor.as_ref(), &self.clinical_director)
    }

    fn follows_up(&self) -> Owner {
        match &self.responsible_clinician {
            Some(person) => Owner::new(OwnerRole::ResponsibleClinician, person),
            None => Owner::new(OwnerRole::ClinicalDirector, &self.clinical_director),
        }
    }

    fn backup_line(&self) -> Owner {
        Owner {
            role: OwnerRole::BackupLine,
            id: BACKUP_LINE.to_owned(),
            name: self.backup_line.clone(),
            on_duty: false,
        }
    }
}

/// One conversation of a chain, or the way to one: the inbound contact, each call that follows it up, and each contact in
/// which the caller was back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) is_outbound: bool,
    pub(crate) state: ContactState,
    /// The counselor in it, or the last one.
    pub(crate) counselor: Option<Person>,
}

/// All that custody depends on: what is open of a contact and of what follows it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Open {
    /// The inbound contact first, then the calls that follow it up and the contacts in which the caller was back, the newest
    /// last.
    pub(crate) legs: Vec<Leg>,
    /// Follow-ups were asked for, and followup has not said that none is left.
    pub(crate) follow_ups: bool,
    /// A referral is registered and has not ended.
    pub(crate) referral: bool,
    /// The named person at the clinic that accepted an open referral; of several the last.
    pub(crate) clinic: Option<Person>,
    /// Something waits for a supervisor's decision.
    pub(crate) decision: bool,
}

impl Open {
    fn counselor(&self) -> Option<&Person> {
        let answered = |leg: &&Leg| leg.state == ContactState::Answered;
        let inbound = self.legs.iter().rev().filter(|leg| !leg.is_outbound).find(answered);
        inbound.or_else(|| self.legs.iter().rev().find(answered)).and_then(|leg| leg.counselor.as_ref())
    }

    /// Whether somebody waits on the line: a caller, or a person whom we called and whose counselor was lost.
    fn somebody_waits(&self) -> bool {
        let waits = |leg: &Leg| matches!(leg.state, ContactState::Received | ContactState::Waiting);
        self.legs.iter().any(|leg| waits(leg) && (!leg.is_outbound || leg.counselor.is_some()))
    }

    /// Whether the backup line has the caller, and we have not begun to call ourselves.
    fn is_at_backup_line(&self) -> bool {
        self.legs.last().is_some_and(|last| last.state == ContactState::HandedOff)
    }

    /// Whether anything is.
    pub(crate) fn is_any(&self) -> bool {
        self.legs.iter().any(|leg| !leg.state.is_ended()) || self.follow_ups || self.referral || self.decision
    }
}

/// Who answers for the person while this is open. The conversation comes first, since the counselor in it can act now; then
/// the clinic that accepted by name; then the supervisor on call, while something is theirs to decide; then who follows
/// up.
pub(crate) fn owner(open: &Open, owners: &Owners) -> Owner {
    if let Some(counselor) = open.counselor() {
        return Owner::new(OwnerRole::Counselor, counselor);
    }
    if open.somebody_waits() {
        return owners.on_duty();
    }
    if !open.is_any() {
        return Owner::nobody();
    }
    if open.is_at_backup_line() {
        return owners.backup_line();
    }
    match &open.clinic {
        Some(person) => Owner::new(OwnerRole::Clinic, person),
        None if open.decision => owners.on_duty(),
        None => owners.follows_up(),
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
    /// When it ends, if it ends now: never before it began, whatever the clocks say.
    pub(crate) fn end(&self, now: Timestamp) -> Timestamp {
        self.until.unwrap_or_else(|| now.max(self.since))
    }
}

/// The interval that follows `last` and begins where that one ends; none when the owner stays.
pub(crate) fn next(last: Option<&Interval>, owner: Owner, now: Timestamp) -> Option<Interval> {
    let Some(last) = last else { return Some(Interval { sequence: 1, owner, since: now, until: None }) };
    if last.owner == owner {
        return None;
    }
    Some(Interval { sequence: last.sequence + 1, owner, since: last.end(now), until: None })
}

/// The first interval of a chain: a caller waits, and who is on duty answers for them.
pub(crate) fn first(supervisor: Option<&Person>, clinical_director: &Person, now: Timestamp) -> Interval {
    Interval { sequence: 1, owner: on_duty(supervisor, clinical_director), since: now, until: None }
}

#[cfg(test)]
#[path = "custody_tests.rs"]
mod tests;
