//! Telephone numbers as they are typed, and as a telephone network signals them.

use harborline_types::text::is_blank;
use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat};

/// What some carriers signal instead of a number that is withheld. As a number each is spelled on a telephone's keys:
/// "+266696687" is "ANONYMOUS".
const WITHHELD: [&str; 9] = [
    "ANONYMOUS",
    "BLOCKED",
    "PRIVATE",
    "RESTRICTED",
    "UNAVAILABLE",
    "UNKNOWN",
    "WITHHELD",
    "NOTAVAILABLE",
    "NOCALLERID",
];

/// Longer than any number with its punctuation.
const LONGEST: usize = 64;

/// What a text says as a telephone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneNumber {
    /// A possible number, in its one E.164 spelling. Whether it is in use now is not known: ranges of numbers change.
    Possible(String),
    /// That the number is withheld, in a carrier's way, or nothing.
    Withheld,
    /// Something else: no number, one with an extension, or one that can only be dialed at its place.
    Unreadable,
}

impl PhoneNumber {
    /// Reads a number that begins with + and its country's code.
    pub fn read(text: &str) -> Self {
        if is_withheld(text) {
            return Self::Withheld;
        }
        possible(text).map_or(Self::Unreadable, Self::Possible)
    }
}

/// Whether a text is a short code, which can be dialed in its country alone.
pub(crate) fn is_short_code(text: &str) -> bool {
    (2..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_withheld(text: &str) -> bool {
    let signaled: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_that = |word: &&str| signaled.eq_ignore_ascii_case(word) || signaled.chars().eq(word.chars().map(key));
    is_blank(text) || WITHHELD.iter().any(is_that)
}

/// The key that has a letter.
fn key(letter: char) -> char {
    match letter {
        'A'..='C' => '2',
        'D'..='F' => '3',
        'G'..='I' => '4',
        'J'..='L' => '5',
        'M'..='O' => '6',
        'P'..='S' => '7',
        'T'..='V' => '8',
        _ => '9',
    }
}

fn possible(text: &str) -> Option<String> {
    // The library looks for a number among words, and reads letters as keys: what a person wrote around it would be lost.
    let is_number = text.len() <= LONGEST && !text.chars().any(|c| c.is_alphabetic() || c == '*');
    let number = is_number.then(|| PHONE_NUMBER_UTIL.parse(text, None).ok())??;
    let is_whole = matches!(number.is_possible_with_reason(), Ok(NumberLengthType::IsPossible));
    (is_whole && number.extension.is_none()).then(|| number.format_as(PhoneNumberFormat::E164).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn possible(number: &str) -> PhoneNumber {
        PhoneNumber::Possible(number.to_owned())
    }

    #[test]
    fn one_number_has_one_spelling() {
        for typed in ["+12025550101", "+1 (202) 555-0101", "\u{FF0B}1\u{A0}202\u{2010}555\u{2010}0101"] {
            assert_eq!(PhoneNumber::read(typed), possible("+12025550101"), "{typed}");
        }
        assert_eq!(PhoneNumber::read("+4402079460018"), possible("+442079460018"));
        assert_eq!(PhoneNumber::read("+44 (0)20 7946 0018"), possible("+442079460018"));
        assert_eq!(PhoneNumber::read("+919262175513"), possible("+919262175513"));
    }

    #[test]
    fn a_number_in_a_range_that_is_not_in_use_is_possible() {
        assert_eq!(PhoneNumber::read("+15559283746"), possible("+15559283746"));
    }

    #[test]
    fn what_cannot_be_dialed_from_anywhere_is_no_number() {
        for typed in [
            "+00919262175513",
            "+0123456789",
            "+0000000",
            "+15550100",
            "+999123456789",
            "2025550101",
            "+12025550101 ext. 5",
            "+12025550101#5",
            "ask for Mary, +12025550101",
            "+1202555CALL",
            "+*12025550101",
            "+",
            "+1202555010112345678901234567890123456789012345678901234567890123456789",
        ] {
            assert_eq!(PhoneNumber::read(typed), PhoneNumber::Unreadable, "{typed}");
        }
    }

    #[test]
    fn a_carriers_word_for_a_withheld_number_is_no_number() {
        let keyed = ["+266696687", "+7378742833", "+86282452253", "+8656696", "266696687", "+2562533"];
        for signaled in keyed.into_iter().chain(["Anonymous", "unknown", "Not available", "", " \u{200E}"]) {
            assert_eq!(PhoneNumber::read(signaled), PhoneNumber::Withheld, "{signaled}");
        }
    }

    #[test]
    fn a_short_code_stays_what_it_is() {
        for code in ["988", "911", "741741", "000"] {
            assert!(is_short_code(code), "{code}");
        }
        for other in ["9", "+988", "0000000", "98a"] {
            assert!(!is_short_code(other), "{other}");
        }
    }
}
