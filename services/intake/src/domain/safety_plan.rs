//! A safety plan, which a participant and a counselor write together.
//!
//! Changes of one plan follow one another, and each makes a version. A caller changes or removes an entry only
//! after reading it as it is, and an entry that is added disturbs no other. So nobody's words are written over unseen.

use harborline_types::{ContactId, ParticipantId, Person, Phi, SafetyPlanEntryId, Timestamp, text_enum};
use serde::{Deserialize, Serialize};

/// Entries of one section.
pub(crate) const MOST: usize = 50;

text_enum! {
    /// The sections, in the order in which they are tried.
    pub enum Section {
        /// How a crisis begins.
        WarningSigns = "warning_signs",
        /// What can be done alone.
        OwnCoping = "own_coping",
        /// What takes the mind off it.
        PeopleAndPlaces = "people_and_places",
        /// Who can be asked for help.
        PeopleToAsk = "people_to_ask",
        /// Who can be called.
        Professionals = "professionals",
        /// What makes the surroundings safer.
        SaferEnvironment = "safer_environment",
    }
}

/// What an entry says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Words {
    pub(crate) text: String,
    pub(crate) phone_number: Option<String>,
    pub(crate) may_be_contacted: bool,
}

/// An entry before it is in a plan.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) section: Section,
    pub(crate) words: Words,
}

/// Who did something, and when.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) by: Person,
    pub(crate) at: Timestamp,
}

/// One entry of a plan.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: SafetyPlanEntryId,
    pub(crate) section: Section,
    pub(crate) words: Words,
    /// Grows with each change of the words, from 1.
    pub(crate) revision: i64,
    pub(crate) changed: Mark,
    /// Who recorded that the person of this number may be contacted, and when; none where they may not.
    #[serde(default)]
    pub(crate) consent: Option<Mark>,
}

impl Entry {
    /// The version of the entry.
    pub(crate) fn etag(&self) -> String {
        self.revision.to_string()
    }

    /// The entry with other words. A consent lasts as long as it is to the same number.
    fn rewritten(&self, words: Words, mark: Mark) -> Self {
        let lasts = self.words.phone_number == words.phone_number;
        let consent = self.consent.clone().filter(|_| lasts).unwrap_or_else(|| mark.clone());
        let consent = words.may_be_contacted.then_some(consent);
        Self { words, revision: self.revision + 1, changed: mark, consent, ..self.clone() }
    }
}

/// That a version was agreed to, or gone through.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signature {
    pub(crate) version: i64,
    pub(crate) mark: Mark,
    pub(crate) contact: Option<ContactId>,
}

/// What is written in a plan.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Content {
    /// In the order of the sections, and in their own within one.
    pub(crate) entries: Vec<Entry>,
    pub(crate) changed_at: Option<Timestamp>,
    pub(crate) agreement: Option<Signature>,
    pub(crate) review: Option<Signature>,
}

/// The plan of a participant.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SafetyPlan {
    pub(crate) participant: ParticipantId,
    /// 0 before the first change.
    pub(crate) version: i64,
    /// Grows with each change and each signature.
    pub(crate) revision: i64,
    pub(crate) content: Phi<Content>,
}

/// What became of one entry.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Difference {
    pub(crate) before: Option<Entry>,
    pub(crate) after: Option<Entry>,
}

/// What a change did.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) mark: Mark,
    pub(crate) differences: Vec<Difference>,
    /// Of each entry that was added or moved, one after the other.
    #[serde(default)]
    pub(crate) places: Vec<Place>,
}

/// Where an entry was put.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) entry: SafetyPlanEntryId,
    /// The entry of the plan before it; none of the first one.
    pub(crate) after: Option<SafetyPlanEntryId>,
}

/// One version on record.
pub(crate) struct Version {
    pub(crate) number: i64,
    pub(crate) change: Phi<Change>,
}

/// Why a plan does not change as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlanRefusal {
    #[error("no such entry")]
    EntryNotFound(SafetyPlanEntryId),
    #[error("the entry, or the plan, has changed since it was read")]
    Changed,
    #[error("the section has as many entries as one may have")]
    SectionFull,
}

impl SafetyPlan {
    /// One that nobody has written anything into.
    pub(crate) fn empty(participant: ParticipantId) -> Self {
        Self { participant, version: 0, revision: 0, content: Phi::new(Content::default()) }
    }

    /// Adds an entry after another of its section; at the end where that is not there.
    pub(crate) fn add(
        self,
        draft: Draft,
        after: Option<SafetyPlanEntryId>,
        mark: Mark,
    ) -> Result<(Self, Change, SafetyPlanEntryId), PlanRefusal> {
        let entry = Entry {
            id: SafetyPlanEntryId::new(),
            section: draft.section,
            revision: 1,
            changed: mark.clone(),
            consent: draft.words.may_be_contacted.then(|| mark.clone()),
            words: draft.words,
        };
        let (id, difference) = (entry.id, Difference { before: None, after: Some(entry.clone()) });
        let mut entries = self.content.expose().entries.clone();
        let place = place_after(&entries, entry.section, after).unwrap_or_else(|| end_of(&entries, entry.section));
        let place = put(&mut entries, place, entry)?;
        let (plan, change) = self.changed(entries, vec![difference], vec![place], mark);
        Ok((plan, change, id))
    }

    /// The first version of a plan that comes with an enrollment; none where nothing comes with it.
    pub(crate) fn first(
        participant: ParticipantId,
        drafts: Vec<Draft>,
        mark: &Mark,
    ) -> Result<Option<(Self, Change)>, PlanRefusal> {
        let mut plan = Self::empty(participant);
        let (mut differences, mut places) = (Vec::new(), Vec::new());
        for draft in drafts {
            let (with, change, _) = plan.add(draft, None, mark.clone())?;
            plan = with;
            differences.extend(change.differences);
            places.extend(change.places);
        }
        let change = Change { mark: mark.clone(), differences, places };
        Ok((plan.version > 0).then_some((Self { version: 1, ..plan }, change)))
    }

    /// Changes what an entry says, which is as the caller has read it.
    pub(crate) fn change(
        self,
        id: SafetyPlanEntryId,
        etag: &str,
        words: Words,
        mark: Mark,
    ) -> Result<(Self, Change), PlanRefusal> {
        let (mut entries, place) = self.entry_as_read(id, etag)?;
        let before = entries[place].clone();
        let after = before.rewritten(words, mark.clone());
        entries[place] = after.clone();
        let difference = Difference { before: Some(before), after: Some(after) };
        Ok(self.changed(entries, vec![difference], Vec::new(), mark))
    }

    /// Removes an entry, which is as the caller has read it.
    pub(crate) fn remove(self, id: SafetyPlanEntryId, etag: &str, mark: Mark) -> Result<(Self, Change), PlanRefusal> {
        let (mut entries, place) = self.entry_as_read(id, etag)?;
        let difference = Difference { before: Some(entries.remove(place)), after: None };
        Ok(self.changed(entries, vec![difference], Vec::new(), mark))
    }

    /// Moves an entry after another one of a section, or to its top.
    pub(crate) fn move_to(
        self,
        id: SafetyPlanEntryId,
        section: Section,
        after: Option<SafetyPlanEntryId>,
        mark: Mark,
    ) -> Result<(Self, Change), PlanRefusal> {
        let mut entries = self.content.expose().entries.clone();
        let from = position(&entries, id).ok_or(PlanRefusal::EntryNotFound(id))?;
        let before = entries.remove(from);
        let moved = Entry { section, ..before.clone() };
        let top = entries.iter().take_while(|entry| entry.section < section).count();
        let place = match after {
            None => top,
            Some(_) => place_after(&entries, section, after).unwrap_or_else(|| end_of(&entries, section)),
        };
        let place = put(&mut entries, place, moved.clone())?;
        let difference = Difference { before: Some(before), after: Some(moved) };
        let differences = if difference.before == difference.after { Vec::new() } else { vec![difference] };
        Ok(self.changed(entries, differences, vec![place], mark))
    }

    /// The participant agrees to a version, which is the newest one.
    pub(crate) fn agree(self, signature: Signature) -> Result<Self, PlanRefusal> {
        self.signed(signature, |content, signature| content.agreement = Some(signature))
    }

    /// Somebody went through a version, which is the newest one.
    pub(crate) fn review(self, signature: Signature) -> Result<Self, PlanRefusal> {
        self.signed(signature, |content, signature| content.review = Some(signature))
    }

    /// Whether the participant has not agreed to what is written.
    pub(crate) fn awaits_agreement(&self) -> bool {
        let agreed = self.content.expose().agreement.as_ref();
        self.version > 0 && agreed.is_none_or(|agreed| agreed.version < self.version)
    }

    fn signed(mut self, signature: Signature, sign: impl FnOnce(&mut Content, Signature)) -> Result<Self, PlanRefusal> {
        if signature.version != self.version {
            return Err(PlanRefusal::Changed);
        }
        let mut content = self.content.into_exposed();
        sign(&mut content, signature);
        self.content = Phi::new(content);
        self.revision += 1;
        Ok(self)
    }

    fn entry_as_read(&self, id: SafetyPlanEntryId, etag: &str) -> Result<(Vec<Entry>, usize), PlanRefusal> {
        let entries = self.content.expose().entries.clone();
        let place = position(&entries, id).ok_or(PlanRefusal::EntryNotFound(id))?;
        if entries[place].etag() == etag { Ok((entries, place)) } else { Err(PlanRefusal::Changed) }
    }

    fn changed(
        self,
        entries: Vec<Entry>,
        differences: Vec<Difference>,
        places: Vec<Place>,
        mark: Mark,
    ) -> (Self, Change) {
        let content = Content { entries, changed_at: Some(mark.at), ..self.content.into_exposed() };
        let (version, revision) = (self.version + 1, self.revision + 1);
        let plan = Self { version, revision, content: Phi::new(content), ..self };
        (plan, Change { mark, differences, places })
    }
}

pub(super) fn position(entries: &[Entry], id: SafetyPlanEntryId) -> Option<usize> {
    entries.iter().position(|entry| entry.id == id)
}

/// The place after an entry of a section; none where it is not there.
fn place_after(entries: &[Entry], section: Section, after: Option<SafetyPlanEntryId>) -> Option<usize> {
    let place = position(entries, after?)?;
    (entries[place].section == section).then_some(place + 1)
}

fn end_of(entries: &[Entry], section: Section) -> usize {
    entries.iter().take_while(|entry| entry.section <= section).count()
}

fn put(entries: &mut Vec<Entry>, place: usize, entry: Entry) -> Result<Place, PlanRefusal> {
    if entries.iter().filter(|other| other.section == entry.section).count() >= MOST {
        return Err(PlanRefusal::SectionFull);
    }
    let after = place.checked_sub(1).map(|before| entries[before].id);
    let put = Place { entry: entry.id, after };
    entries.insert(place, entry);
    Ok(put)
}

#[cfg(test)]
#[path = "safety_plan_tests.rs"]
pub(super) mod tests;
