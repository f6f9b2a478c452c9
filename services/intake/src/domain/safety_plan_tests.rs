//! Edits of a plan: nobody's words are lost.

use chrono::DateTime;
use harborline_types::PersonId;

use super::*;

pub(in crate::domain) fn mark() -> Mark {
    let by = Person { id: PersonId::parse("ana").unwrap(), name: "Ana".to_owned() };
    Mark { by, at: DateTime::UNIX_EPOCH }
}

pub(in crate::domain) fn words(text: &str) -> Words {
    Words { text: text.to_owned(), phone_number: None, may_be_contacted: false }
}

pub(in crate::domain) fn draft(section: Section, text: &str) -> Draft {
    Draft { section, words: words(text) }
}

fn plan(drafts: &[(Section, &str)]) -> SafetyPlan {
    let drafts = drafts.iter().map(|(section, text)| draft(*section, text)).collect();
    SafetyPlan::first(ParticipantId::new(), drafts, &mark()).ok().unwrap().unwrap().0
}

fn texts(plan: &SafetyPlan) -> Vec<String> {
    plan.content.expose().entries.iter().map(|entry| entry.words.text.clone()).collect()
}

fn id(plan: &SafetyPlan, text: &str) -> SafetyPlanEntryId {
    plan.content.expose().entries.iter().find(|entry| entry.words.text == text).unwrap().id
}

fn refused<T>(result: Result<T, PlanRefusal>) -> Option<PlanRefusal> {
    result.err()
}

const FIRST: Section = Section::WarningSigns;
const SECOND: Section = Section::OwnCoping;

#[test]
fn entries_stand_in_the_order_of_the_ladder_whatever_order_they_are_written_in() {
    let plan = plan(&[(SECOND, "walk"), (FIRST, "no sleep"), (SECOND, "music")]);
    assert_eq!((texts(&plan), plan.version), (vec!["no sleep".to_owned(), "walk".into(), "music".into()], 1));
    let after = id(&plan, "walk");
    let (plan, ..) = plan.add(draft(SECOND, "tea"), Some(after), mark()).ok().unwrap();
    assert_eq!(texts(&plan), ["no sleep", "walk", "tea", "music"]);
    let (plan, ..) = plan.add(draft(FIRST, "alone"), Some(after), mark()).ok().unwrap();
    assert_eq!(texts(&plan), ["no sleep", "alone", "walk", "tea", "music"], "that entry is of another section");
}

#[test]
fn an_entry_that_somebody_has_changed_is_not_written_over_and_another_may_be() {
    let plan = plan(&[(FIRST, "one"), (FIRST, "two")]);
    let (one, two) = (id(&plan, "one"), id(&plan, "two"));
    let (plan, _) = plan.change(one, "1", words("one, by ana"), mark()).ok().unwrap();
    assert_eq!(refused(plan.clone().change(one, "1", words("lost"), mark())), Some(PlanRefusal::Changed));
    assert_eq!(refused(plan.clone().remove(one, "1", mark())), Some(PlanRefusal::Changed));
    let (plan, _) = plan.change(two, "1", words("two, by ben"), mark()).ok().unwrap();
    assert_eq!(texts(&plan), ["one, by ana", "two, by ben"]);
    let (plan, _) = plan.remove(one, "2", mark()).ok().unwrap();
    assert_eq!(refused(plan.change(one, "2", words("lost"), mark())), Some(PlanRefusal::EntryNotFound(one)));
}

#[test]
fn an_entry_is_moved_within_and_between_sections_and_keeps_its_version() {
    let plan = plan(&[(FIRST, "one"), (FIRST, "two"), (SECOND, "three")]);
    let (two, three) = (id(&plan, "two"), id(&plan, "three"));
    let (plan, change) = plan.move_to(two, FIRST, None, mark()).ok().unwrap();
    assert_eq!((texts(&plan), change.differences.len()), (vec!["two".to_owned(), "one".into(), "three".into()], 0));
    let (plan, change) = plan.move_to(two, SECOND, Some(three), mark()).ok().unwrap();
    assert_eq!((texts(&plan), change.differences.len()), (vec!["one".to_owned(), "three".into(), "two".into()], 1));
    assert!(plan.change(two, "1", words("two, again"), mark()).is_ok());
}

#[test]
fn a_section_has_fifty_entries_at_most() {
    let full: Vec<_> = (0..MOST).map(|_| (FIRST, "entry")).collect();
    let plan = plan(&full);
    assert_eq!(refused(plan.clone().add(draft(FIRST, "more"), None, mark())), Some(PlanRefusal::SectionFull));
    let (plan, _, other) = plan.add(draft(SECOND, "other"), None, mark()).ok().unwrap();
    assert_eq!(refused(plan.move_to(other, FIRST, None, mark())), Some(PlanRefusal::SectionFull));
}

#[test]
fn an_agreement_is_to_the_newest_version_and_a_change_awaits_another() {
    let plan = plan(&[(FIRST, "one")]);
    let sign = |version| Signature { version, mark: mark(), contact: None };
    assert!(plan.awaits_agreement() && !SafetyPlan::empty(ParticipantId::new()).awaits_agreement());
    assert_eq!(refused(plan.clone().agree(sign(2))), Some(PlanRefusal::Changed));
    let plan = plan.agree(sign(1)).ok().unwrap();
    assert!(!plan.awaits_agreement());
    let (plan, ..) = plan.add(draft(FIRST, "two"), None, mark()).ok().unwrap();
    assert!(plan.awaits_agreement());
    assert_eq!(refused(plan.review(sign(1))), Some(PlanRefusal::Changed));
}

#[test]
fn a_consent_is_of_the_person_who_recorded_it_and_lasts_as_long_as_the_number() {
    let by = |name: &str| Mark { by: Person { id: PersonId::parse(name).unwrap(), name: name.to_owned() }, ..mark() };
    let sister = |number: &str, may_be_contacted| Words {
        text: "my sister".to_owned(),
        phone_number: Some(number.to_owned()),
        may_be_contacted,
    };
    let draft = Draft { section: Section::PeopleToAsk, words: sister("+15550100", false) };
    let (mut plan, _, id) = SafetyPlan::empty(ParticipantId::new()).add(draft, None, by("ana")).ok().unwrap();
    let edits = [
        (sister("+15550100", true), "ben", Some("ben")),
        (Words { text: "my sister, in the evening".to_owned(), ..sister("+15550100", true) }, "ana", Some("ben")),
        (sister("+15550101", true), "ana", Some("ana")),
        (sister("+15550101", false), "ben", None),
    ];
    assert!(plan.content.expose().entries[0].consent.is_none());
    for (words, editor, expected) in edits {
        let etag = plan.content.expose().entries[0].etag();
        (plan, _) = plan.change(id, &etag, words, by(editor)).ok().unwrap();
        let consent = plan.content.expose().entries[0].consent.clone();
        assert_eq!(consent.map(|mark| mark.by.name).as_deref(), expected);
    }
}
