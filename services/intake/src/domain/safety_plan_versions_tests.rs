//! Versions of a plan: any two can be told from each other, and each is rebuilt as it was.

use harborline_types::ParticipantId;
use proptest::prelude::*;

use super::super::safety_plan::tests::{draft, mark, words};
use super::super::safety_plan::{PlanRefusal, Section};
use super::*;

type Edit = (u8, prop::sample::Index, prop::sample::Index, usize);

fn edited(plan: SafetyPlan, edit: Edit, text: &str) -> Result<(SafetyPlan, Change), PlanRefusal> {
    let (edit, which, other, section) = edit;
    let section = [Section::WarningSigns, Section::OwnCoping][section];
    let entries = plan.content.expose().entries.clone();
    let after = (!entries.is_empty()).then(|| entries[other.index(entries.len())].id);
    if edit == 0 || entries.is_empty() {
        return plan.add(draft(section, text), after, mark()).map(|(plan, change, _)| (plan, change));
    }
    let Entry { id, revision, .. } = &entries[which.index(entries.len())];
    match edit {
        1 => plan.change(*id, &revision.to_string(), words(text), mark()),
        2 => plan.remove(*id, &revision.to_string(), mark()),
        3 => plan.move_to(*id, section, None, mark()),
        _ => plan.move_to(*id, section, after, mark()),
    }
}

/// Every version of a plan that begins with an enrollment's entries, with the change that led to each.
fn versions(edits: Vec<Edit>) -> Vec<(SafetyPlan, Option<Change>)> {
    let drafts = [Section::OwnCoping, Section::WarningSigns, Section::OwnCoping].map(|section| draft(section, "first"));
    let empty = SafetyPlan::empty(ParticipantId::new());
    let (first, change) = SafetyPlan::first(empty.participant, drafts.into(), &mark()).ok().unwrap().unwrap();
    let mut versions = vec![(empty, None), (first, Some(change))];
    for (number, edit) in edits.into_iter().enumerate() {
        let plan = versions.last().unwrap().0.clone();
        let (plan, change) = edited(plan, edit, &format!("words {number}")).ok().unwrap();
        versions.push((plan, Some(change)));
    }
    versions
}

fn changes(versions: &[(SafetyPlan, Option<Change>)]) -> Vec<Change> {
    versions.iter().filter_map(|(_, change)| change.clone()).collect()
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let index = any::<prop::sample::Index>;
    prop::collection::vec((0..5_u8, index(), index(), 0..2_usize), 1..40)
}

proptest! {
    /// Applied to the plan before them, the differences of any changes give the plan after them.
    #[test]
    fn what_changes_come_to_leads_from_one_version_to_the_other(edits in edits(), at in any::<prop::sample::Index>()) {
        let versions = versions(edits);
        let from = at.index(versions.len());
        let mut entries = versions[from].0.content.expose().entries.clone();
        for difference in differences(changes(&versions[from + 1..])) {
            if let Some(before) = &difference.before {
                let place = position(&entries, before.id).unwrap();
                prop_assert!(entries.remove(place) == *before);
            }
            entries.extend(difference.after);
        }
        let mut now = versions.last().unwrap().0.content.expose().entries.clone();
        entries.sort_by_key(|entry| entry.id);
        now.sort_by_key(|entry| entry.id);
        prop_assert!(entries == now);
    }

    /// Every version has its number, and is rebuilt from the changes with each entry in its place.
    #[test]
    fn each_version_is_rebuilt_as_it_was(edits in edits()) {
        let versions = versions(edits);
        let newest = versions.last().unwrap().0.clone();
        for (number, (plan, _)) in versions.iter().enumerate() {
            let version = i64::try_from(number).unwrap();
            let again = rebuilt(newest.clone(), version, changes(&versions[..=number]));
            prop_assert_eq!(plan.version, version);
            prop_assert!(again.content.expose().entries == plan.content.expose().entries);
            prop_assert!(again.content.expose().changed_at == plan.content.expose().changed_at);
        }
    }
}
