//! What participants are found by.

use harborline_types::PersonId;

use super::*;

fn words(name: &str) -> Vec<String> {
    let word = |look_up| if let LookUp::NameWord(word) = look_up { word } else { unreachable!() };
    name_words(name).into_iter().map(word).collect()
}

fn details(name: &str, profile: Profile) -> Details {
    Details {
        name: Phi::new(name.to_owned()),
        dedicated_number: Phi::new("+12025550101".to_owned()),
        language: "en".to_owned(),
        jurisdiction: None,
        responsible_clinician: Person { id: PersonId::parse("clinician").unwrap(), name: "Clinician".to_owned() },
        profile: Phi::new(profile),
    }
}

#[test]
fn a_name_is_found_by_its_words_however_they_are_written() {
    assert_eq!(words("Ana-Luci\u{301}a  O'NEIL, Jr."), ["ana", "jr", "luc\u{ED}a", "neil", "o"]);
    assert_eq!(words("LUC\u{CD}A"), words("luci\u{301}a"));
    assert_eq!(words("  . - "), [""; 0]);
}

#[test]
fn a_word_or_number_that_somebody_has_twice_is_looked_up_once() {
    let number = "+12025550101".to_owned();
    let safe = SafeNumber { number: number.clone(), times: Vec::new(), voicemail: false, naming_the_program: false };
    let birth_date = NaiveDate::from_ymd_opt(1990, 5, 17);
    let name_to_use = "Ana".to_owned();
    let profile = Profile { name_to_use, birth_date, safe_numbers: vec![safe], ..Profile::default() };
    let word = |word: &str| LookUp::NameWord(word.to_owned());
    let expected = vec![LookUp::Number(number), word("ana"), word("north"), LookUp::BirthDate(birth_date.unwrap())];
    assert_eq!(details("North, Ana", profile).look_ups(), expected);
}
