//! Support persons between the domain and the contracts.

use harborline_proto::intake::v1 as pb;
use harborline_status::Fields;
use harborline_types::wire::{number, numbers, timestamp};
use harborline_types::{Phi, wire_enum};

use super::participant::{YEARS, list, optional_day, optional_word, read_finding, written};
use crate::domain::participant::LookUp;
use crate::domain::support_person::{Allowed, ContactRule, Details, Representation, Representative, SupportPerson};

wire_enum!(ContactRule, pb::ContactRule { MayBeContacted, InAnEmergency, Never });
wire_enum!(Representation, pb::Representation { ParentOfMinor, Guardian, HealthCareAgent });

/// A support person as those see them who may, with what consents allow them.
pub(crate) fn support_person(person: SupportPerson, allowed: Vec<Allowed>) -> pb::SupportPerson {
    let telling = |allowed: Allowed| pb::AllowedTelling {
        consent_id: allowed.consent.to_string(),
        data_classes: numbers(&allowed.classes),
    };
    pb::SupportPerson {
        support_person_id: person.id.to_string(),
        participant_id: person.participant.to_string(),
        etag: person.etag(),
        details: Some(details(person.details)),
        has_verification_phrase: person.phrase.is_some(),
        allowed: allowed.into_iter().map(telling).collect(),
        added_at: Some(timestamp(person.added_at)),
        updated_at: Some(timestamp(person.updated_at)),
        ended_at: person.ended_at.map(timestamp),
    }
}

/// A support person who was found.
pub(crate) fn summary(person: SupportPerson) -> pb::SupportPersonSummary {
    let details = person.details.into_exposed();
    pb::SupportPersonSummary {
        support_person_id: person.id.to_string(),
        participant_id: person.participant.to_string(),
        name: details.name,
        relationship: number(details.relationship),
        contact_rule: details.rule.map_or(0, number),
    }
}

fn details(details: Phi<Details>) -> pb::SupportPersonDetails {
    let details = details.into_exposed();
    pb::SupportPersonDetails {
        name: details.name,
        relationship: number(details.relationship),
        phone_numbers: details.numbers,
        language: details.language,
        contact_rule: details.rule.map_or(0, number),
        note: details.note,
        representative: details.representative.map(|representative| pb::PersonalRepresentative {
            representation: number(representative.by),
            scope: representative.scope,
            confirmed_on: representative.confirmed_on.to_string(),
            holds_until: written(representative.holds_until),
        }),
        person_id: details.token_subject,
    }
}

/// Reads what people edit of a support person, naming every wrong field.
pub(crate) fn read_details(fields: &mut Fields, wire: &pb::SupportPersonDetails) -> Option<Phi<Details>> {
    let name = fields.text("details.name", &wire.name, 1..=200);
    let relationship = fields.word("details.relationship", wire.relationship);
    let numbers = list(fields, "details.phone_numbers", &wire.phone_numbers, 5, |fields, field, number| {
        fields.phone(field, number)
    });
    let language = fields.optional_language("details.language", &wire.language);
    let rule = optional_word(fields, "details.contact_rule", wire.contact_rule);
    let note = fields.text("details.note", &wire.note, 0..=1000);
    let representative = read_representative(fields, "details.representative", wire.representative.as_ref());
    let token_subject = fields.text("details.person_id", &wire.person_id, 0..=200);
    Some(Phi::new(Details {
        name: name?,
        relationship: relationship?,
        numbers: numbers?,
        language: language?.unwrap_or_else(|| "en".to_owned()),
        rule: rule?,
        note: note?,
        representative: representative?,
        token_subject: token_subject?,
    }))
}

fn read_representative(
    fields: &mut Fields,
    field: &str,
    wire: Option<&pb::PersonalRepresentative>,
) -> Option<Option<Representative>> {
    let Some(wire) = wire else { return Some(None) };
    let by = fields.word(&format!("{field}.representation"), wire.representation);
    let scope = fields.text(&format!("{field}.scope"), &wire.scope, 0..=1000);
    let confirmed_on = fields.day(&format!("{field}.confirmed_on"), &wire.confirmed_on, YEARS);
    let holds_until = optional_day(fields, &format!("{field}.holds_until"), &wire.holds_until);
    if let (Some(first), Some(Some(last))) = (confirmed_on, holds_until)
        && last < first
    {
        fields.fault(format!("{field}.holds_until"), "must not be before confirmed_on");
    }
    Some(Some(Representative { by: by?, scope: scope?, confirmed_on: confirmed_on?, holds_until: holds_until? }))
}

/// Reads a phrase where one may be left out. The outer `None` means a fault.
pub(crate) fn read_phrase(fields: &mut Fields, phrase: &str) -> Option<Option<Phi<String>>> {
    if phrase.is_empty() {
        return Some(None);
    }
    fields.text("verification_phrase", phrase, 8..=200).map(|phrase| Some(Phi::new(phrase)))
}

/// Reads what support persons are found by: the words of a name, a number.
pub(crate) fn read_look_ups(fields: &mut Fields, wire: &pb::FindSupportPersonsRequest) -> Option<Vec<LookUp>> {
    read_finding(fields, &wire.name, &wire.phone_number)
}
