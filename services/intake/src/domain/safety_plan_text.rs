//! A safety plan as plain text, to read aloud or to send: section by section, in the order of the ladder.

use harborline_types::Phi;

use super::safety_plan::{SafetyPlan, Section, Words};

/// Characters of one part: the longest entry fits with its number and the heading above it.
pub(crate) const PART: usize = 1500;

impl Section {
    /// Its heading, in the participant's words.
    fn heading(self) -> &'static str {
        match self {
            Self::WarningSigns => "How I notice that a crisis begins",
            Self::OwnCoping => "What I can do by myself",
            Self::PeopleAndPlaces => "People and places that take my mind off it",
            Self::PeopleToAsk => "People whom I can ask for help",
            Self::Professionals => "Professionals and lines that I can call",
            Self::SaferEnvironment => "What makes my surroundings safer",
        }
    }
}

/// The whole text; empty where nothing is written.
pub(crate) fn text(plan: &SafetyPlan) -> Phi<String> {
    Phi::new(packed(plan, usize::MAX).pop().unwrap_or_default())
}

/// The same in parts that can be sent one by one.
pub(crate) fn parts(plan: &SafetyPlan) -> Phi<Vec<String>> {
    Phi::new(packed(plan, PART))
}

/// The text in as few parts as hold at most so many characters each. A part begins with an entry or a heading, and no
/// heading is parted from its first entry.
fn packed(plan: &SafetyPlan, most: usize) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for (space, piece) in pieces(plan) {
        match parts.last_mut() {
            Some(part) if length(part) + length(space) + length(&piece) <= most => part.extend([space, &piece]),
            _ => parts.push(piece),
        }
    }
    parts
}

/// What stays together, with what stands before it in the whole text.
fn pieces(plan: &SafetyPlan) -> Vec<(&'static str, String)> {
    let mut pieces = Vec::new();
    for section in Section::ALL {
        let entries = plan.content.expose().entries.iter().filter(|entry| entry.section == *section);
        for (index, entry) in entries.enumerate() {
            let line = line(*section, &entry.words);
            pieces.push(match index {
                0 => ("\n\n", format!("{}:\n{line}", section.heading())),
                _ => ("\n", line),
            });
        }
    }
    pieces
}

/// An entry with its number, unless the number is somebody's who has not agreed to be contacted: the text may come into
/// other hands than the plan.
fn line(section: Section, words: &Words) -> String {
    let is_told = words.may_be_contacted || section == Section::Professionals;
    match words.phone_number.as_ref().filter(|_| is_told) {
        Some(number) => format!("- {} ({number})", words.text),
        None => format!("- {}", words.text),
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
#[path = "safety_plan_text_tests.rs"]
mod tests;
