//! Reading a request: every field is looked at, and every wrong one is named.

use std::ops::RangeInclusive;
use std::str::FromStr;

use harborline_types::wire::{WireEnum, instant};
use harborline_types::{PersonId, RequestId, Timestamp};

use crate::ServiceError;

/// Collects the wrong fields of one request.
///
/// Each reader answers `None` after noting a fault, so that a parser reads all fields first and gives up once:
///
/// ```
/// # use harborline_status::{Fields, ServiceError};
/// # use harborline_types::{Channel, ContactId};
/// fn parse(contact_id: &str, channel: i32) -> Result<(ContactId, Channel), ServiceError> {
///     let mut fields = Fields::new();
///     let (Some(contact), Some(channel)) = (fields.id("contact_id", contact_id), fields.word("channel", channel))
///     else {
///         return Err(fields.refused());
///     };
///     fields.finish()?;
///     Ok((contact, channel))
/// }
/// assert!(parse("", 0).unwrap_err().to_string().contains("contact_id, channel"));
/// ```
#[derive(Default)]
pub struct Fields {
    faults: Vec<(String, String)>,
}

impl Fields {
    /// Begins without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a fault of a field: what it must be.
    pub fn fault(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.faults.push((field.into(), description.into()));
    }

    /// Reads a required UUID.
    pub fn id<T: FromStr>(&mut self, field: &str, text: &str) -> Option<T> {
        let id = text.parse().ok();
        if id.is_none() {
            self.fault(field, "must be a UUID");
        }
        id
    }

    /// Reads an optional UUID: empty is absent. The outer `None` means a fault.
    pub fn optional_id<T: FromStr>(&mut self, field: &str, text: &str) -> Option<Option<T>> {
        if text.is_empty() { Some(None) } else { self.id(field, text).map(Some) }
    }

    /// Reads the `request_id` of a mutation.
    pub fn request_id(&mut self, text: &str) -> Option<RequestId> {
        self.id("request_id", text)
    }

    /// Reads a required enumeration value.
    pub fn word<T: WireEnum>(&mut self, field: &str, wire: i32) -> Option<T> {
        let word = T::from_wire(wire);
        if word.is_none() {
            self.fault(field, "must be one of the values, not unspecified");
        }
        word
    }

    /// Reads a list of enumeration values, without repetitions.
    pub fn words<T: WireEnum + PartialEq>(&mut self, field: &str, wire: &[i32]) -> Option<Vec<T>> {
        let mut words = Vec::with_capacity(wire.len());
        for (index, number) in wire.iter().enumerate() {
            let word = self.word(&format!("{field}[{index}]"), *number)?;
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Some(words)
    }

    /// Reads text whose length in characters must lie in the range; control characters other than line breaks and tabs
    /// are refused.
    pub fn text(&mut self, field: &str, text: &str, length: RangeInclusive<usize>) -> Option<String> {
        let count = text.chars().count();
        let blank = *length.start() > 0 && text.trim().is_empty();
        if blank || !length.contains(&count) {
            self.fault(field, format!("must have {} to {} characters", length.start(), length.end()));
            return None;
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.fault(field, "must not contain control characters");
            return None;
        }
        Some(text.to_owned())
    }

    /// Reads a list of texts of at most `most` entries, each with a length in the range.
    pub fn texts(
        &mut self,
        field: &str,
        texts: &[String],
        most: usize,
        length: RangeInclusive<usize>,
    ) -> Option<Vec<String>> {
        if texts.len() > most {
            self.fault(field, format!("must have at most {most} entries"));
            return None;
        }
        let read: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| self.text(&format!("{field}[{index}]"), text, length.clone()))
            .collect();
        read.into_iter().collect()
    }

    /// Reads a staff member's id.
    pub fn person_id(&mut self, field: &str, text: &str) -> Option<PersonId> {
        let id = PersonId::parse(text);
        if id.is_none() {
            self.fault(field, "must have 1 to 200 characters, none of them control characters");
        }
        id
    }

    /// Reads an E.164 number, or nothing when it is empty. The outer `None` means a fault.
    pub fn optional_phone(&mut self, field: &str, text: &str) -> Option<Option<String>> {
        if text.is_empty() { Some(None) } else { self.phone(field, text).map(Some) }
    }

    /// Reads an E.164 number such as "+15550100".
    pub fn phone(&mut self, field: &str, text: &str) -> Option<String> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let fits = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if !fits {
            self.fault(field, "must be an E.164 number: + and 7 to 15 digits");
        }
        fits.then(|| text.to_owned())
    }

    /// Reads a BCP 47 language tag in lower case, or nothing when it is empty. The outer `None` means a fault.
    pub fn optional_language(&mut self, field: &str, text: &str) -> Option<Option<String>> {
        if text.is_empty() {
            return Some(None);
        }
        let primary = text.split('-').next().unwrap_or_default();
        let fits = text.len() <= 35
            && (2..=8).contains(&primary.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !fits {
            self.fault(field, "must be a BCP 47 language tag such as \"en\"");
        }
        fits.then(|| Some(text.to_lowercase()))
    }

    /// Reads an ISO 3166-2 code, or nothing when it is empty. The outer `None` means a fault.
    pub fn optional_jurisdiction(&mut self, field: &str, text: &str) -> Option<Option<String>> {
        if text.is_empty() {
            return Some(None);
        }
        let fits = text.split_once('-').is_some_and(|(country, part)| {
            country.len() == 2
                && country.bytes().all(|b| b.is_ascii_uppercase())
                && (1..=3).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        });
        if !fits {
            self.fault(field, "must be an ISO 3166-2 code such as \"US-VA\"");
        }
        fits.then(|| Some(text.to_owned()))
    }

    /// Reads a required instant.
    pub fn instant(&mut self, field: &str, wire: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
        let at = wire.and_then(instant);
        if at.is_none() {
            self.fault(field, "must be an instant");
        }
        at
    }

    /// Reads a page size: 0 means 100, at most 500.
    pub fn page_size(&mut self, field: &str, size: i32) -> Option<i64> {
        if !(0..=500).contains(&size) {
            self.fault(field, "must be 0 to 500");
            return None;
        }
        Some(if size == 0 { 100 } else { i64::from(size) })
    }

    /// The refusal that names every wrong field so far.
    pub fn refused(self) -> ServiceError {
        ServiceError::invalid(self.faults)
    }

    /// Refuses when any field was wrong.
    ///
    /// # Errors
    /// `REQUEST_INVALID` with every wrong field.
    pub fn finish(self) -> Result<(), ServiceError> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.refused()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named() {
        let mut fields = Fields::new();
        fields.phone("callback_number", "555");
        fields.optional_jurisdiction("jurisdiction", "virginia");
        fields.text("name", " ", 1..=200);
        let error = fields.finish().unwrap_err();
        assert_eq!(error.to_string(), "REQUEST_INVALID: wrong fields: callback_number, jurisdiction, name");
    }

    #[test]
    fn right_fields_pass() {
        let mut fields = Fields::new();
        assert_eq!(fields.phone("n", "+15550100"), Some("+15550100".to_owned()));
        assert_eq!(fields.optional_jurisdiction("j", "US-VA"), Some(Some("US-VA".to_owned())));
        assert_eq!(fields.optional_language("l", "es-MX"), Some(Some("es-mx".to_owned())));
        assert!(fields.finish().is_ok());
    }
}
