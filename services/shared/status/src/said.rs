//! Reading what a person says on the way to a human: nothing of it refuses them.

use harborline_types::text;
use harborline_types::wire::WireEnum;

use crate::{PhoneNumber, codes};

/// So many fields are named. An answer goes to a telephone as well, and nobody mends more than this at once.
const MOST_IGNORED: usize = 32;

/// A field that was not taken as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// Its path in the request, for example "signals[2]".
    pub field: String,
    /// What was done instead, in words that hold nothing of the field.
    pub done: &'static str,
}

/// Reads fields so that each is taken as far as it can be: text is cleaned and cut, a code that cannot be read is as if
/// it were absent. Collects what was done.
#[derive(Default)]
pub struct Said {
    ignored: Vec<Ignored>,
}

impl Said {
    /// Notes what was done with a field.
    pub fn note(&mut self, field: impl Into<String>, done: &'static str) {
        if self.ignored.len() < MOST_IGNORED {
            self.ignored.push(Ignored { field: field.into(), done });
        }
    }

    /// Reads text of at most `most` characters: control characters and controls of direction are taken out, other
    /// invisible characters that join nothing without a word, and what is longer is cut. Nothing when none of it is
    /// visible.
    pub fn text(&mut self, field: &str, given: &str, most: usize) -> Option<String> {
        let mut kept = text::shown(given);
        if given.chars().any(|c| text::is_control(c) || text::is_direction_control(c)) {
            self.note(field, "control characters were taken out");
        }
        if let Some((end, _)) = kept.char_indices().nth(most) {
            kept.truncate(end);
            self.note(field, "was cut at its limit");
        }
        (!text::is_blank(&kept)).then_some(kept)
    }

    /// Reads a BCP 47 language tag in lower case. One that cannot be read, or that names no language, is absent.
    pub fn language(&mut self, field: &str, given: &str) -> Option<String> {
        let language = codes::language(given);
        if language.is_none() && !given.is_empty() {
            self.note(field, "is no BCP 47 tag of a language: taken as absent");
        }
        language
    }

    /// Reads an ISO 3166-2 code in whatever case. One that cannot be read is absent.
    pub fn jurisdiction(&mut self, field: &str, given: &str) -> Option<String> {
        let jurisdiction = codes::jurisdiction(given);
        if jurisdiction.is_none() && !given.is_empty() {
            self.note(field, "is no ISO 3166-2 code: taken as absent");
        }
        jurisdiction
    }

    /// Reads an optional enumeration value. One that is not known here is absent.
    pub fn word<T: WireEnum>(&mut self, field: &str, wire: i32) -> Option<T> {
        let word = T::from_wire(wire);
        if word.is_none() && wire != 0 {
            self.note(field, "is none of the values: taken as absent");
        }
        word
    }

    /// Reads a list of enumeration values, each once, however often it is repeated. Those not known here are left out.
    pub fn words<T: WireEnum + PartialEq>(&mut self, field: &str, wire: &[i32]) -> Vec<T> {
        let mut words = Vec::new();
        for (index, number) in wire.iter().enumerate() {
            match T::from_wire(*number) {
                Some(word) if !words.contains(&word) => words.push(word),
                Some(_) => {}
                None => self.note(format!("{field}[{index}]"), "is none of the values: left out"),
            }
        }
        words
    }

    /// Reads a telephone number, by which somebody can be called, or which is only there to be read.
    pub fn phone(&mut self, field: &str, given: &str) -> PhoneNumber {
        let number = PhoneNumber::read(&text::shown(given));
        match number {
            PhoneNumber::Possible(_) => {}
            PhoneNumber::Withheld if given.is_empty() => {}
            PhoneNumber::Withheld => self.note(field, "says that the number is withheld: taken as absent"),
            PhoneNumber::Unreadable => {
                self.note(field, "is no telephone number that can be dialed: kept as it was typed");
            }
        }
        number
    }

    /// What was not taken as it was sent, in the order of reading.
    pub fn ignored(self) -> Vec<Ignored> {
        self.ignored
    }
}

#[cfg(test)]
mod tests {
    use harborline_types::Signal;

    use super::*;

    fn fields(said: Said) -> Vec<String> {
        said.ignored().into_iter().map(|ignored| ignored.field).collect()
    }

    #[test]
    fn words_are_kept_whatever_is_among_them() {
        let mut said = Said::default();
        assert_eq!(said.text("a", "help\u{0} me\u{202E}", 4000).as_deref(), Some("help me"));
        assert_eq!(said.text("b", "help me", 4).as_deref(), Some("help"));
        assert_eq!(
            said.text("c", "\u{FEFF}\u{645}\u{6CC}\u{200C}\u{62E}", 4).as_deref(),
            Some("\u{645}\u{6CC}\u{200C}\u{62E}")
        );
        assert_eq!(said.text("d", "\u{200F} ", 4000), None);
        assert_eq!(fields(said), ["a", "b"]);
    }

    #[test]
    fn a_code_that_cannot_be_read_is_absent() {
        let mut said = Said::default();
        assert_eq!(said.language("language", "x-klingon"), None);
        assert_eq!(said.jurisdiction("jurisdiction", "virginia"), None);
        assert_eq!(said.jurisdiction("jurisdiction", "us-va").as_deref(), Some("US-VA"));
        assert_eq!(said.words::<Signal>("signals", &[99, 2, 2, 0]), [Signal::Overdose]);
        assert_eq!(said.word::<Signal>("signal", 0), None);
        assert_eq!(fields(said), ["language", "jurisdiction", "signals[0]", "signals[3]"]);
    }

    #[test]
    fn the_answer_stays_small_however_much_is_wrong() {
        let mut said = Said::default();
        assert!(said.words::<Signal>("signals", &vec![99; 100_000]).is_empty());
        assert_eq!(fields(said).len(), MOST_IGNORED);
    }
}
