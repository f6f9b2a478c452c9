//! Text that people wrote: what of it is shown, what of it is compared, and when there is nothing to see.
//!
//! Two people may type one name in several ways: composed or decomposed accents, other case, other spaces, characters
//! that nobody sees. [`compared`] is the one normalization for whatever is compared, hashed or looked up. [`shown`] is
//! what records and screens show.

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_security::confusable_detection::skeleton;

/// A braille cell without dots: a symbol to Unicode, and nothing to see.
const BRAILLE_BLANK: char = '\u{2800}';

/// Whether a character has no form of its own: a joiner, a mark of direction, a byte order mark, a soft hyphen.
fn is_invisible(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether a character is a control character that is no white space of ordinary text.
pub fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

/// Whether a character embeds, isolates or overrides the direction of the text after it, so that a reader sees other
/// words, or another order of them, than were written.
pub fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_seen(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && c != BRAILLE_BLANK && !is_invisible(c)
}

/// Whether nothing visible is in a text.
pub fn is_blank(text: &str) -> bool {
    !text.chars().any(is_seen)
}

/// The form of a text by which it is compared, hashed and looked up; never shown. Texts that differ in case, in white
/// space, in composed or decomposed accents, in compatibility forms (full-width letters, ligatures) or in invisible
/// characters have one form. It is Unicode's NFKC_Casefold with the white space collapsed; its form is its own form.
pub fn compared(text: &str) -> String {
    // What nearly all codes and numbers are, at no cost.
    if text.is_ascii() {
        return collapsed(&text.to_ascii_lowercase());
    }
    let decomposed = DecomposingNormalizerBorrowed::new_nfd();
    let composed = ComposingNormalizerBorrowed::new_nfkc();
    let fold = |text: &str| composed.normalize(&CaseMapper::new().fold_string(text)).into_owned();
    let seen: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    // A compatibility form may hide a capital letter: once more.
    collapsed(&fold(&fold(&decomposed.normalize(&seen))))
}

/// Whether a reader may take one text for the other: they differ in nothing but case, white space, the forms of
/// [`compared`], characters that may have no form, and letters that look the same, as the Cyrillic and the Latin "c" do
/// (UTS 39).
pub fn look_alike(one: &str, other: &str) -> bool {
    let bare = |text: &str| text.chars().filter(|c| has_form(*c)).collect::<String>();
    let form = |text: &str| compared(&skeleton(text).collect::<String>());
    // A capital looks like other letters than its small form does, so both are looked at.
    let is_one = |one: &str, other: &str| form(one) == form(other) || form(&compared(one)) == form(&compared(other));
    is_one(&bare(one), &bare(other))
}

/// Whether a character surely shows: it is no white space, no mark on another character, no format control, and nothing
/// that Unicode has left to fonts or to later.
fn has_form(c: char) -> bool {
    let group = CodePointMapData::<GeneralCategory>::new().get(c);
    let is_null = matches!(c, '\u{1D159}' | '\u{16FE4}');
    is_seen(c) && !GeneralCategoryGroup::Other.contains(group) && !is_null
}

/// How many letters and digits a text has.
pub fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric() && has_form(*c)).count()
}

/// Words with one space between them, without control characters.
fn collapsed(text: &str) -> String {
    let words = text.split_whitespace().map(|word| word.replace(char::is_control, ""));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A text as it is kept and shown: without control characters, controls of direction and invisible characters. Joiners
/// between two visible characters stay (names in Persian and in the languages of India need them), so do selectors of a
/// variant after one, and the marks of direction of Arabic and Hebrew.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let stays = match c {
            '\u{200C}' | '\u{200D}' => {
                let joins = |c: char| is_seen(c) || is_variant_selector(c);
                shown.chars().next_back().is_some_and(joins) && rest.peek().copied().is_some_and(is_seen)
            }
            '\u{200E}' | '\u{200F}' | '\u{061C}' => true,
            c if is_variant_selector(c) => shown.chars().next_back().is_some_and(is_seen),
            c => !is_control(c) && !is_invisible(c),
        };
        if stays {
            shown.push(c);
        }
    }
    shown
}

/// Whether a character chooses among the forms of the one before it: of an emoji, an ideograph or a Mongolian letter.
fn is_variant_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{180B}'..='\u{180D}' | '\u{180F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_several_spellings_is_compared_as_one() {
        for other in [
            "Jos\u{65}\u{301} \u{C1}lvarez",
            " JOS\u{C9}\u{A0} \u{41}\u{301}LVAREZ ",
            "Jos\u{E9}\u{200D} \u{FEFF}\u{C1}lvarez\u{202C}",
            "\u{FF2A}os\u{E9} \u{C1}lva\u{AD}rez\u{7}",
        ] {
            assert_eq!(compared(other), compared("Jos\u{E9} \u{C1}lvarez"), "{other:?}");
        }
        assert_eq!(compared("STRASSE"), compared("stra\u{DF}e"));
        assert_eq!(compared("\u{645}\u{6CC}\u{200C}\u{62E}"), compared("\u{645}\u{6CC}\u{62E}"));
        assert_ne!(compared("Jose"), compared("Jos\u{E9}"));
        assert_ne!(compared("Mary Ann"), compared("Maryann"));
    }

    #[test]
    fn what_is_compared_is_compared_as_itself() {
        for text in
            ["Jos\u{E9}", "\u{1E9E} \u{FB03}\u{3F4}", "\u{2460}\u{FFA0}\u{3A9}", "+12025550101", "a\u{7}b", "\u{7}"]
        {
            assert_eq!(compared(&compared(text)), compared(text), "{text:?}");
        }
        assert_eq!(compared("+12025550101"), "+12025550101");
    }

    #[test]
    fn nothing_visible_is_blank() {
        for blank in
            ["", " \t\n", "\u{200D}", "\u{FEFF}", "\u{200F}", "\u{3164}", "\u{2800} \u{E0020}", "\u{0}\u{202E}"]
        {
            assert!(is_blank(blank), "{blank:?}");
        }
        assert!(!is_blank("\u{200F}\u{5D0}"));
    }

    #[test]
    fn joiners_stay_where_they_join_and_everything_else_that_nobody_sees_goes() {
        for kept in [
            "\u{645}\u{6CC}\u{200C}\u{62E}\u{648}\u{627}",
            "\u{915}\u{94D}\u{200D}\u{937}",
            "\u{5D0}\u{200F} C++",
            "a\n\tb",
        ] {
            assert_eq!(shown(kept), kept);
        }
        let heart = "\u{1F469}\u{200D}\u{2764}\u{FE0F}\u{200D}\u{1F468}";
        assert_eq!(shown(heart), heart);
        let written = "\u{FEFF}A\u{200D} n\u{200C}\u{200C}\u{200D}a\u{202E}x\u{2066}\u{0}\u{1B}[\u{FE0F}\u{FE0F}";
        assert_eq!(shown(written), "A n\u{200D}ax[\u{FE0F}");
    }
}
