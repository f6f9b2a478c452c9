//! Participants between the domain and the contracts.

use chrono::NaiveDate;
use harborline_proto::intake::v1 as pb;
use harborline_status::{Fields, PhoneNumber};
use harborline_types::wire::{WireEnum, number, numbers, timestamp};
use harborline_types::{Phi, wire_enum};
use harborline_zones::Zone;

use super::read_person;
use crate::domain::participant::{
    CallForm, Details, EmergencyContact, LegalStatus, LocalEmergencyNumber, LookUp, Participant, ParticipantStatus,
    Profile, SafeNumber, SafeTime, Summary, Whereabouts, name_words,
};

wire_enum!(ParticipantStatus, pb::ParticipantStatus { Active, OnLeave, Discharged, Deceased });
wire_enum!(CallForm, pb::CallForm { Voice, Tty, TextRelay, VideoRelay });
wire_enum!(LegalStatus, pb::LegalStatus { Adult, MinorConsented, MinorByParent, UnderGuardianship });

/// The days that a person's record may name.
pub(super) const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// A participant as those see them who may.
pub(crate) fn participant(participant: Participant, whereabouts: Option<Whereabouts>) -> pb::Participant {
    pb::Participant {
        participant_id: participant.id.to_string(),
        status: number(participant.status),
        status_since: Some(timestamp(participant.status_since)),
        etag: participant.etag(),
        details: Some(details(participant.details)),
        whereabouts: whereabouts.map(self::whereabouts),
        enrolled_at: Some(timestamp(participant.enrolled_at)),
        updated_at: Some(timestamp(participant.updated_at)),
    }
}

fn details(details: Details) -> pb::ParticipantDetails {
    pb::ParticipantDetails {
        name: details.name.into_exposed(),
        dedicated_number: details.dedicated_number.into_exposed(),
        language: details.language,
        jurisdiction: details.jurisdiction.unwrap_or_default(),
        responsible_clinician: Some(details.responsible_clinician.into()),
        profile: Some(profile(details.profile)),
    }
}

fn profile(profile: Phi<Profile>) -> pb::ParticipantProfile {
    let profile = profile.into_exposed();
    pb::ParticipantProfile {
        name_to_use: profile.name_to_use,
        pronouns: profile.pronouns,
        birth_date: written(profile.birth_date),
        legal_status: profile.legal_status.map_or(0, number),
        other_languages: profile.other_languages,
        needs_interpreter: profile.needs_interpreter,
        call_form: profile.call_form.map_or(0, number),
        preferred_channel: profile.preferred_channel.map_or(0, number),
        time_zone: profile.time_zone,
        home_address: profile.home_address,
        emergency_contacts: profile.emergency_contacts.into_iter().map(emergency_contact).collect(),
        local_emergency_number: profile.local_emergency_number.map(|local| pb::LocalEmergencyNumber {
            phone_number: local.number,
            verified_on: local.verified_on.to_string(),
        }),
        preferred_hospital: profile.preferred_hospital,
        means_at_hand: profile.means_at_hand,
        safe_numbers: profile.safe_numbers.into_iter().map(safe_number).collect(),
    }
}

fn emergency_contact(contact: EmergencyContact) -> pb::EmergencyContact {
    pb::EmergencyContact {
        name: contact.name,
        phone_number: contact.number,
        relation: contact.relation,
        authorized_on: written(contact.authorized_on),
    }
}

/// A number at which a call is safe.
pub(crate) fn safe_number(safe: SafeNumber) -> pb::SafeNumber {
    pb::SafeNumber {
        phone_number: safe.number,
        times: safe_times(safe.times),
        voicemail_is_safe: safe.voicemail,
        naming_the_program_is_safe: safe.naming_the_program,
    }
}

/// Times of the week.
pub(super) fn safe_times(times: Vec<SafeTime>) -> Vec<pb::SafeTime> {
    let shown = |time: SafeTime| pb::SafeTime {
        days: numbers(&time.days),
        starts: time.starts.to_string(),
        ends: time.ends.to_string(),
    };
    times.into_iter().map(shown).collect()
}

/// Where a participant was.
pub(crate) fn whereabouts(whereabouts: Whereabouts) -> pb::Whereabouts {
    pb::Whereabouts {
        place: whereabouts.place.into_exposed(),
        recorded_at: Some(timestamp(whereabouts.at)),
        recorded_by: Some(whereabouts.by.into()),
    }
}

/// A participant in a list.
pub(crate) fn summary(summary: Summary) -> pb::ParticipantSummary {
    pb::ParticipantSummary {
        participant_id: summary.id.to_string(),
        status: number(summary.status),
        name: summary.name.into_exposed(),
        name_to_use: summary.name_to_use.into_exposed(),
        birth_date: written(summary.birth_date),
        responsible_clinician: Some(summary.responsible_clinician.into()),
    }
}

pub(super) fn written(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// Reads what people edit of a participant, naming every wrong field under `field`, or at the top where that is empty.
pub(crate) fn read_details(fields: &mut Fields, field: &str, wire: &pb::ParticipantDetails) -> Option<Details> {
    let at = |name: &str| if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
    let name = fields.text(&at("name"), &wire.name, 1..=200);
    let dedicated_number = fields.phone(&at("dedicated_number"), &wire.dedicated_number);
    let language = fields.optional_language(&at("language"), &wire.language);
    let jurisdiction = fields.optional_jurisdiction(&at("jurisdiction"), &wire.jurisdiction);
    let clinician = read_person(fields, &at("responsible_clinician"), wire.responsible_clinician.as_ref());
    let profile = read_profile(fields, &at("profile"), &wire.profile.clone().unwrap_or_default());
    Some(Details {
        name: name?.into(),
        dedicated_number: dedicated_number?.into(),
        language: language?.unwrap_or_else(|| "en".to_owned()),
        jurisdiction: jurisdiction?,
        responsible_clinician: clinician?,
        profile: profile?.into(),
    })
}

fn read_profile(fields: &mut Fields, field: &str, wire: &pb::ParticipantProfile) -> Option<Profile> {
    let at = |name: &str| format!("{field}.{name}");
    let name_to_use = fields.text(&at("name_to_use"), &wire.name_to_use, 0..=200);
    let pronouns = fields.text(&at("pronouns"), &wire.pronouns, 0..=100);
    let birth_date = optional_day(fields, &at("birth_date"), &wire.birth_date);
    let legal_status = optional_word(fields, &at("legal_status"), wire.legal_status);
    let call_form = optional_word(fields, &at("call_form"), wire.call_form);
    let preferred_channel = optional_word(fields, &at("preferred_channel"), wire.preferred_channel);
    let other_languages = languages(fields, &at("other_languages"), &wire.other_languages);
    let time_zone = time_zone(fields, &at("time_zone"), &wire.time_zone);
    let home_address = fields.text(&at("home_address"), &wire.home_address, 0..=500);
    let emergency_contacts = list(fields, &at("emergency_contacts"), &wire.emergency_contacts, 10, read_contact);
    let local_number = local_number(fields, &at("local_emergency_number"), wire.local_emergency_number.as_ref());
    let preferred_hospital = fields.text(&at("preferred_hospital"), &wire.preferred_hospital, 0..=500);
    let means_at_hand = fields.texts(&at("means_at_hand"), &wire.means_at_hand, 20, 1..=500);
    let safe_numbers = list(fields, &at("safe_numbers"), &wire.safe_numbers, 10, read_safe_number);
    Some(Profile {
        name_to_use: name_to_use?,
        pronouns: pronouns?,
        birth_date: birth_date?,
        legal_status: legal_status?,
        other_languages: other_languages?,
        needs_interpreter: wire.needs_interpreter,
        call_form: call_form?,
        preferred_channel: preferred_channel?,
        time_zone: time_zone?,
        home_address: home_address?,
        emergency_contacts: emergency_contacts?,
        local_emergency_number: local_number?,
        preferred_hospital: preferred_hospital?,
        means_at_hand: means_at_hand?,
        safe_numbers: safe_numbers?,
    })
}

/// Reads what participants are found by: the words of a name, a number, a birth date.
pub(crate) fn read_look_ups(fields: &mut Fields, wire: &pb::FindParticipantsRequest) -> Option<Vec<LookUp>> {
    let found_by = read_finding(fields, &wire.name, &wire.phone_number);
    let birth_date = optional_day(fields, "birth_date", &wire.birth_date);
    let (mut all, birth_date) = (found_by?, birth_date?);
    all.extend(birth_date.map(LookUp::BirthDate));
    Some(all)
}

/// Reads the words of a name and a number by which somebody is found: one of both at least.
pub(super) fn read_finding(fields: &mut Fields, name: &str, phone_number: &str) -> Option<Vec<LookUp>> {
    let name = fields.text("name", name, 0..=200).map(|name| name_words(&name));
    let number = (!phone_number.is_empty()).then(|| fields.phone("phone_number", phone_number));
    if name.as_ref().is_some_and(Vec::is_empty) && number.is_none() {
        fields.fault("name", "must have a word of the name where there is no number");
    }
    let number = number.map_or(Some(None), |number| number.map(|number| Some(LookUp::Number(number))))?;
    let mut all = name?;
    all.extend(number);
    Some(all)
}

/// Reads a number of which nobody is told whether anybody has it: one that cannot be read is nobody's.
pub(crate) fn read_claimed_number(text: &str) -> Option<Phi<String>> {
    match PhoneNumber::read(text) {
        PhoneNumber::Possible(number) => Some(Phi::new(number)),
        PhoneNumber::Withheld | PhoneNumber::Unreadable => None,
    }
}

pub(super) fn optional_day(fields: &mut Fields, field: &str, text: &str) -> Option<Option<NaiveDate>> {
    if text.is_empty() { Some(None) } else { fields.day(field, text, YEARS).map(Some) }
}

/// Reads one of the values, or nothing when it is unspecified. The outer `None` means a fault.
pub(crate) fn optional_word<T: WireEnum>(fields: &mut Fields, field: &str, wire: i32) -> Option<Option<T>> {
    if wire == 0 { Some(None) } else { fields.word(field, wire).map(Some) }
}

fn languages(fields: &mut Fields, field: &str, tags: &[String]) -> Option<Vec<String>> {
    list(fields, field, tags, 10, |fields, field, tag| {
        let language = fields.optional_language(field, tag)?;
        if language.is_none() {
            fields.fault(field, "must be a BCP 47 language tag such as \"en\"");
        }
        language
    })
}

pub(super) fn time_zone(fields: &mut Fields, field: &str, name: &str) -> Option<String> {
    if name.is_empty() {
        return Some(String::new());
    }
    let zone = fields.parsed::<Zone>(field, name, "must be a name of the IANA database such as \"America/New_York\"");
    zone.map(|zone| zone.name().to_owned())
}

fn local_number(
    fields: &mut Fields,
    field: &str,
    wire: Option<&pb::LocalEmergencyNumber>,
) -> Option<Option<LocalEmergencyNumber>> {
    let Some(wire) = wire else { return Some(None) };
    let number = fields.phone(&format!("{field}.phone_number"), &wire.phone_number);
    let verified_on = fields.day(&format!("{field}.verified_on"), &wire.verified_on, YEARS);
    Some(Some(LocalEmergencyNumber { number: number?, verified_on: verified_on? }))
}

fn read_contact(fields: &mut Fields, field: &str, wire: &pb::EmergencyContact) -> Option<EmergencyContact> {
    let name = fields.text(&format!("{field}.name"), &wire.name, 1..=200);
    let number = fields.phone(&format!("{field}.phone_number"), &wire.phone_number);
    let relation = fields.text(&format!("{field}.relation"), &wire.relation, 0..=100);
    let authorized_on = optional_day(fields, &format!("{field}.authorized_on"), &wire.authorized_on);
    Some(EmergencyContact { name: name?, number: number?, relation: relation?, authorized_on: authorized_on? })
}

fn read_safe_number(fields: &mut Fields, field: &str, wire: &pb::SafeNumber) -> Option<SafeNumber> {
    let number = fields.phone(&format!("{field}.phone_number"), &wire.phone_number);
    let times = read_safe_times(fields, &format!("{field}.times"), &wire.times);
    let (voicemail, naming_the_program) = (wire.voicemail_is_safe, wire.naming_the_program_is_safe);
    Some(SafeNumber { number: number?, times: times?, voicemail, naming_the_program })
}

/// Reads times of the week.
pub(super) fn read_safe_times(fields: &mut Fields, field: &str, times: &[pb::SafeTime]) -> Option<Vec<SafeTime>> {
    list(fields, field, times, 20, |fields, field, time| {
        let days = fields.words(&format!("{field}.days"), &time.days);
        let starts = fields.time_of_day(&format!("{field}.starts"), &time.starts);
        let ends = fields.time_of_day(&format!("{field}.ends"), &time.ends);
        Some(SafeTime { days: days?, starts: starts?, ends: ends? })
    })
}

/// Reads a list of at most `most` entries, naming every wrong one.
pub(super) fn list<W, T>(
    fields: &mut Fields,
    field: &str,
    wire: &[W],
    most: usize,
    read: impl Fn(&mut Fields, &str, &W) -> Option<T>,
) -> Option<Vec<T>> {
    if !fields.at_most(field, wire, most) {
        return None;
    }
    let read: Vec<_> =
        wire.iter().enumerate().map(|(index, entry)| read(fields, &format!("{field}[{index}]"), entry)).collect();
    read.into_iter().collect()
}
