//! Reading a request: every field is looked at, and every wrong one is named.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use chrono::{Datelike, NaiveDate};
use harborline_proto::common::v1 as pb;
use harborline_types::text;
use harborline_types::wire::{self, WireEnum, instant};
use harborline_types::{Channel, CounselorKind, Need, PersonId, RequestId, Skill, SkillLevel, TimeOfDay, Timestamp};

use crate::phone::{PhoneNumber, is_short_code};
use crate::{ServiceError, codes};

/// So many wrong fields are named. A refusal travels in headers, and the most careful clients take 8 KB of them; nobody
/// mends more than this at once.
const MOST_FAULTS: usize = 32;

/// Entries of a list of enumeration values, repetitions included: more than any enumeration has.
const MOST_WORDS: usize = 100;

/// Skills that one contact may need.
const MOST_SKILLS: usize = 20;

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

    /// Notes a fault of a field: what it must be. After so many the request is wrong enough.
    pub fn fault(&mut self, field: impl Into<String>, description: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push((field.into(), description.into()));
        }
    }

    /// Whether a fault of the field, or of a part of it, is noted.
    pub fn names(&self, field: &str) -> bool {
        let is_part = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
        self.faults.iter().any(|(named, _)| named.strip_prefix(field).is_some_and(is_part))
    }

    /// A required message; where it is missing, an empty one after noting the fault, so that what it must hold is named in
    /// the same answer. An empty one must not read as a right one.
    pub fn message<'a, M: Clone + Default>(&mut self, field: &str, wire: Option<&'a M>) -> Cow<'a, M> {
        if wire.is_none() {
            self.fault(field, "is required");
        }
        wire.map_or_else(Cow::default, Cow::Borrowed)
    }

    /// Whether a list has at most `most` entries; a fault when it has more.
    pub fn at_most<T>(&mut self, field: &str, list: &[T], most: usize) -> bool {
        let fits = list.len() <= most;
        if !fits {
            self.fault(field, format!("must have at most {most} entries"));
        }
        fits
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

    /// Reads the `request_id` of a mutation. The nil UUID is what a client sends that has forgotten to make one.
    pub fn request_id(&mut self, text: &str) -> Option<RequestId> {
        let id: RequestId = self.id("request_id", text)?;
        let is_made = id != RequestId::NIL;
        if !is_made {
            self.fault("request_id", "must be a UUID that was made for this call, not the nil UUID");
        }
        is_made.then_some(id)
    }

    /// Reads a required enumeration value.
    pub fn word<T: WireEnum>(&mut self, field: &str, wire: i32) -> Option<T> {
        let word = T::from_wire(wire);
        if word.is_none() {
            self.fault(field, "must be one of the values, not unspecified");
        }
        word
    }

    /// Reads a list of at most 100 enumeration values, without repetitions.
    pub fn words<T: WireEnum + PartialEq>(&mut self, field: &str, wire: &[i32]) -> Option<Vec<T>> {
        if !self.at_most(field, wire, MOST_WORDS) {
            return None;
        }
        let read: Vec<Option<T>> =
            wire.iter().enumerate().map(|(index, number)| self.word(&format!("{field}[{index}]"), *number)).collect();
        let mut words = Vec::with_capacity(read.len());
        for word in read {
            let word = word?;
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Some(words)
    }

    /// Reads text whose length in characters must lie in the range. Where text is required, some of it must be visible.
    /// Control characters other than line breaks and tabs, and controls of direction, are refused; other invisible
    /// characters that join nothing are left out, and do not count.
    pub fn text(&mut self, field: &str, text: &str, length: RangeInclusive<usize>) -> Option<String> {
        let shown = text::shown(text);
        let blank = *length.start() > 0 && text::is_blank(&shown);
        if blank || !length.contains(&shown.chars().count()) {
            self.fault(field, format!("must have {} to {} characters", length.start(), length.end()));
            return None;
        }
        if text.chars().any(|c| text::is_control(c) || text::is_direction_control(c)) {
            self.fault(field, "must not contain control characters or controls of direction");
            return None;
        }
        Some(shown)
    }

    /// Reads a list of texts of at most `most` entries, each with a length in the range.
    pub fn texts(
        &mut self,
        field: &str,
        texts: &[String],
        most: usize,
        length: RangeInclusive<usize>,
    ) -> Option<Vec<String>> {
        if !self.at_most(field, texts, most) {
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
            let must = "must have 1 to 200 characters, none of them control characters or controls of direction";
            self.fault(field, must);
        }
        id
    }

    /// Reads a telephone number such as "+12025550101" into its one E.164 spelling. It must be possible: of a country
    /// that is, and as long as its numbers are.
    pub fn phone(&mut self, field: &str, text: &str) -> Option<String> {
        match PhoneNumber::read(text) {
            PhoneNumber::Possible(number) => Some(number),
            PhoneNumber::Withheld | PhoneNumber::Unreadable => {
                self.fault(field, "must be a telephone number that can be dialed from anywhere, as E.164");
                None
            }
        }
    }

    /// Reads the number of a line that people are sent to: a telephone number, or a short code of 2 to 6 digits.
    pub fn line(&mut self, field: &str, text: &str) -> Option<String> {
        if is_short_code(text) {
            return Some(text.to_owned());
        }
        let PhoneNumber::Possible(number) = PhoneNumber::read(text) else {
            self.fault(field, "must be an E.164 number, or a short code of 2 to 6 digits");
            return None;
        };
        Some(number)
    }

    /// Reads a BCP 47 language tag in lower case, or nothing when it is empty. A tag that names no language ("und",
    /// "x-klingon") is a fault. The outer `None` means a fault.
    pub fn optional_language(&mut self, field: &str, text: &str) -> Option<Option<String>> {
        let language = codes::language(text);
        if language.is_none() && !text.is_empty() {
            self.fault(field, "must be a BCP 47 language tag such as \"en\"");
            return None;
        }
        Some(language)
    }

    /// Reads an ISO 3166-2 code in whatever case, or nothing when it is empty. The outer `None` means a fault.
    pub fn optional_jurisdiction(&mut self, field: &str, text: &str) -> Option<Option<String>> {
        let jurisdiction = codes::jurisdiction(text);
        if jurisdiction.is_none() && !text.is_empty() {
            self.fault(field, "must be an ISO 3166-2 code such as \"US-VA\"");
            return None;
        }
        Some(jurisdiction)
    }

    /// Reads a text that has one form, such as a day or a time zone; `must` says which.
    pub fn parsed<T: FromStr>(&mut self, field: &str, text: &str, must: &str) -> Option<T> {
        let read = text.parse().ok();
        if read.is_none() {
            self.fault(field, must);
        }
        read
    }

    /// Reads a day such as "2026-11-01", of one of these years.
    pub fn day(&mut self, field: &str, text: &str, years: RangeInclusive<i32>) -> Option<NaiveDate> {
        let day = Some(text).filter(|text| text.len() == 10).and_then(|text| text.parse::<NaiveDate>().ok());
        let day = day.filter(|day| years.contains(&day.year()));
        if day.is_none() {
            let (first, last) = (years.start(), years.end());
            self.fault(field, format!("must be a day of the years {first} to {last}, such as \"2026-11-01\""));
        }
        day
    }

    /// Reads a time of day.
    pub fn time_of_day(&mut self, field: &str, text: &str) -> Option<TimeOfDay> {
        self.parsed(field, text, "must be a time of day such as \"22:00\"")
    }

    /// Reads a required instant.
    pub fn instant(&mut self, field: &str, wire: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
        let Some(wire) = wire else {
            self.fault(field, "is required");
            return None;
        };
        let at = instant(wire);
        if at.is_none() {
            self.fault(field, "must be an instant of the years 1 to 9999");
        }
        at
    }

    /// Reads a length of time that may be left out: then the configured one holds. A given one must be within the bounds.
    pub fn duration(
        &mut self,
        field: &str,
        wire: Option<&prost_types::Duration>,
        configured: Duration,
        bounds: RangeInclusive<Duration>,
    ) -> Option<Duration> {
        let Some(wire) = wire else { return Some(configured) };
        let fits = wire::duration(wire).filter(|given| bounds.contains(given));
        if fits.is_none() {
            let (least, most) = (bounds.start().as_secs_f64(), bounds.end().as_secs_f64());
            self.fault(field, format!("must be {least} to {most} seconds"));
        }
        fits
    }

    /// Reads the skills of the message `field`: `skills`, and `leveled_skills` with a level, which may be left out. At
    /// most `most` in all.
    pub fn skills(&mut self, field: &str, names: &[String], leveled: &[pb::Skill], most: usize) -> Option<Vec<Skill>> {
        let list = format!("{field}.leveled_skills");
        let plain = self.texts(&format!("{field}.skills"), names, most, 1..=100);
        if !self.at_most(&list, leveled, most) {
            return None;
        }
        let mut whole = plain.is_some();
        for (index, skill) in leveled.iter().enumerate() {
            whole &= self.text(&format!("{list}[{index}].name"), &skill.name, 1..=100).is_some();
            let known = skill.level == 0 || SkillLevel::from_wire(skill.level).is_some();
            if !known {
                self.fault(format!("{list}[{index}].level"), "must be one of the values");
            }
            whole &= known;
        }
        let skills = whole.then(|| wire::skills(names, leveled))?;
        self.at_most(&list, &skills, most).then_some(skills)
    }

    /// Reads what a contact needs, naming every wrong field under `field`. An empty language means English. Somebody waits
    /// for it, so a language or a jurisdiction that cannot be read is as if it were absent.
    pub fn need(&mut self, field: &str, wire: Option<&pb::Need>) -> Option<Need> {
        let wire = self.message(field, wire);
        let skills = self.skills(field, &wire.skills, &wire.leveled_skills, MOST_SKILLS);
        let channel: Option<Channel> = self.word(&format!("{field}.channel"), wire.channel);
        Some(Need {
            channel: channel?,
            at_least: CounselorKind::from_wire(wire.at_least),
            language: codes::language(&wire.language).unwrap_or_else(|| "en".to_owned()),
            jurisdiction: codes::jurisdiction(&wire.jurisdiction),
            skills: skills?,
        })
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
#[path = "fields_tests.rs"]
mod tests;
