//! Codes that software acts on: languages and jurisdictions.

use icu_locale_core::Locale;

/// A BCP 47 language tag in lower case. None when it is malformed, or names no language: a counselor speaks none for
/// private use, and none that is undetermined.
pub(crate) fn language(text: &str) -> Option<String> {
    let locale = Locale::try_from_str(text).ok()?;
    let tag = locale.to_string();
    (!locale.id.language.is_unknown() && tag.len() <= 35).then(|| tag.to_lowercase())
}

/// An ISO 3166-2 code in upper case; none when it is not of that form.
pub(crate) fn jurisdiction(text: &str) -> Option<String> {
    let (country, part) = text.split_once('-')?;
    let fits = country.len() == 2
        && country.bytes().all(|b| b.is_ascii_alphabetic())
        && (1..=3).contains(&part.len())
        && part.bytes().all(|b| b.is_ascii_alphanumeric());
    fits.then(|| text.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_a_well_formed_tag_that_names_one() {
        for (text, read) in [
            ("en", "en"),
            ("en-x-ours", "en-x-ours"),
            ("zz-zzmarker", "zz-zzmarker"),
            ("ES-mx", "es-mx"),
            ("zh-Hant-TW", "zh-hant-tw"),
            ("fil", "fil"),
        ] {
            assert_eq!(language(text).as_deref(), Some(read));
        }
        for text in ["", "e", "12", "en--us", "-en", "en-", "en us", "x-klingon", "und", "en\u{200D}", "english please"]
        {
            assert_eq!(language(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_jurisdiction_is_understood_in_whatever_case() {
        for text in ["US-VA", "us-va", "Us-vA"] {
            assert_eq!(jurisdiction(text).as_deref(), Some("US-VA"));
        }
        for text in ["", "virginia", "USVA", "US-", "U-VA", "US-VIRG", "US-V\u{C4}", "U\u{17F}-VA"] {
            assert_eq!(jurisdiction(text), None, "{text:?}");
        }
    }
}
