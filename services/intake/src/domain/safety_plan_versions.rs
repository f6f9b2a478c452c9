//! The versions of a safety plan: what lies between two of them, and each as it was.

use std::collections::HashMap;

use harborline_types::SafetyPlanEntryId;

use super::safety_plan::{Change, Content, Difference, Entry, Place, SafetyPlan, position};

impl Difference {
    fn entry(&self) -> Option<SafetyPlanEntryId> {
        self.before.as_ref().or(self.after.as_ref()).map(|entry| entry.id)
    }
}

/// What changes that follow one another come to: of each entry what it was before them and what it is after them.
pub(crate) fn differences(changes: impl IntoIterator<Item = Change>) -> Vec<Difference> {
    let (mut all, mut known) = (Vec::<Difference>::new(), HashMap::new());
    for difference in changes.into_iter().flat_map(|change| change.differences) {
        let index = *known.entry(difference.entry()).or_insert(all.len());
        match all.get_mut(index) {
            Some(earlier) => earlier.after = difference.after,
            None => all.push(difference),
        }
    }
    all.retain(|difference| difference.before != difference.after);
    all
}

/// A plan as it was in an earlier version, to which these changes led from the empty plan. The agreement and the review
/// stay the last ones, each with the version that it is of.
pub(crate) fn rebuilt(plan: SafetyPlan, version: i64, changes: Vec<Change>) -> SafetyPlan {
    let changed_at = changes.last().map(|change| change.mark.at);
    let mut entries = Vec::new();
    for change in changes {
        for difference in change.differences {
            apply(&mut entries, difference);
        }
        for place in &change.places {
            put(&mut entries, place);
        }
    }
    let SafetyPlan { participant, revision, content, .. } = plan;
    let content = Content { entries, changed_at, ..content.into_exposed() };
    SafetyPlan { participant, version, revision, content: content.into() }
}

/// Replaces, adds or removes an entry; one that is added stands last, until it is put in its place.
fn apply(entries: &mut Vec<Entry>, difference: Difference) {
    let place = difference.entry().and_then(|id| position(entries, id));
    match (place, difference.after) {
        (Some(place), Some(after)) => entries[place] = after,
        (Some(place), None) => drop(entries.remove(place)),
        (None, Some(after)) => entries.push(after),
        (None, None) => {}
    }
}

fn put(entries: &mut Vec<Entry>, place: &Place) {
    let Some(from) = position(entries, place.entry) else { return };
    let entry = entries.remove(from);
    let before = place.after.and_then(|after| position(entries, after));
    entries.insert(before.map_or(0, |before| before + 1), entry);
}

#[cfg(test)]
#[path = "safety_plan_versions_tests.rs"]
mod tests;
