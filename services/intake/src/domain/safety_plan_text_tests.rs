//! The text of a plan: in order, in parts, and without the numbers of people who have not agreed to be contacted.

use harborline_types::ParticipantId;

use super::super::safety_plan::Draft;
use super::super::safety_plan::tests::mark;
use super::*;

fn plan(entries: Vec<(Section, Words)>) -> SafetyPlan {
    let drafts = entries.into_iter().map(|(section, words)| Draft { section, words }).collect();
    let first = SafetyPlan::first(ParticipantId::new(), drafts, &mark()).ok().unwrap();
    first.map_or_else(|| SafetyPlan::empty(ParticipantId::new()), |(plan, _)| plan)
}

fn words(text: &str, number: &str, may_be_contacted: bool) -> Words {
    let phone_number = Some(number.to_owned()).filter(|number| !number.is_empty());
    Words { text: text.to_owned(), phone_number, may_be_contacted }
}

#[test]
fn the_text_has_the_sections_that_are_written_with_the_numbers_of_lines() {
    let plan_of = plan(vec![
        (Section::Professionals, words("the line", "988", false)),
        (Section::WarningSigns, words("no sleep", "", false)),
    ]);
    let expected =
        "How I notice that a crisis begins:\n- no sleep\n\nProfessionals and lines that I can call:\n- the line (988)";
    assert_eq!(text(&plan_of).expose(), expected);
    assert_eq!(text(&plan(Vec::new())).expose(), "");
    assert!(parts(&plan(Vec::new())).expose().is_empty());
}

#[test]
fn the_number_of_a_person_who_has_not_agreed_to_be_contacted_is_left_out() {
    for section in Section::ALL.iter().copied().filter(|section| *section != Section::Professionals) {
        let told = |may_be_contacted| text(&plan(vec![(section, words("my sister", "+15550100", may_be_contacted))]));
        assert!(told(false).expose().ends_with("- my sister"), "{}", section.as_str());
        assert!(told(true).expose().ends_with("- my sister (+15550100)"), "{}", section.as_str());
    }
}

#[test]
fn the_longest_plan_is_told_in_parts_that_are_the_whole_text() {
    let longest = "é".repeat(1000);
    let entries = Section::ALL.iter().flat_map(|section| {
        let entry = (*section, words(&longest, "+155501000000000", true));
        std::iter::repeat_n(entry, 3)
    });
    let plan = plan(entries.collect());
    let (whole, parts) = (text(&plan).into_exposed(), parts(&plan).into_exposed());
    assert!(parts.len() > 1 && parts.iter().all(|part| length(part) <= PART));
    assert!(parts.iter().all(|part| !part.ends_with(':')), "a heading comes with its first entry");
    let lines = |text: &str| text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&parts.join("\n")), lines(&whole));
}
