//! Consents between the domain and the contracts.

use harborline_disclosure::{Consent, ConsentRecipient, Signature, Signed};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::ConsentRecipientKind as Kind;
use harborline_status::Fields;
use harborline_types::wire::{number, numbers, timestamp};
use harborline_types::{ConsentId, ParticipantId, Person, Timestamp};
use uuid::Uuid;

use crate::store::ConsentRecord;

/// Disclosers and recipients of one consent.
const MOST: usize = 20;

/// A consent as its program and its participant see it.
pub(crate) fn consent(record: ConsentRecord) -> pb::Consent {
    let ConsentRecord { consent, recorded_at } = record;
    pb::Consent {
        consent_id: consent.id.to_string(),
        participant_id: consent.participant.to_string(),
        disclosers: consent.disclosers,
        description: consent.description.into_exposed(),
        data_classes: numbers(&consent.classes),
        recipients: consent.recipients.into_iter().map(recipient).collect(),
        purposes: numbers(&consent.purposes),
        expires_at: Some(timestamp(consent.expires_at)),
        signed_how: number(consent.signature.how),
        signed_at: Some(timestamp(consent.signature.at)),
        revocation_right_told: consent.revocation_right_told,
        redisclosure_told: consent.redisclosure_told,
        recorded_by: Some(consent.signature.recorded_by.into()),
        recorded_at: Some(timestamp(recorded_at)),
        revoked_at: consent.revoked_at.map(timestamp),
    }
}

fn recipient(recipient: ConsentRecipient) -> pb::ConsentRecipient {
    let of = |kind: Kind| pb::ConsentRecipient { kind: kind.into(), ..pb::ConsentRecipient::default() };
    match recipient {
        ConsentRecipient::Facility(id) => pb::ConsentRecipient { facility_id: id.to_string(), ..of(Kind::Facility) },
        ConsentRecipient::Person { name, relationship } => {
            pb::ConsentRecipient { name: name.into_exposed(), relationship: number(relationship), ..of(Kind::Person) }
        }
        ConsentRecipient::TreatmentPaymentOperations => of(Kind::TreatmentPaymentOperations),
        ConsentRecipient::Intermediary { name } => {
            pb::ConsentRecipient { name: name.into_exposed(), ..of(Kind::Intermediary) }
        }
    }
}

/// Reads a consent that was given, naming every wrong field under `consent`, and all that 42 CFR 2.31 wants and it lacks.
pub(crate) fn read_consent(
    fields: &mut Fields,
    wire: Option<&pb::Consent>,
    recorded_by: Person,
    now: Timestamp,
) -> Option<Consent> {
    let wire = fields.message("consent", wire);
    let participant = fields.id("consent.participant_id", &wire.participant_id);
    let disclosers = fields.texts("consent.disclosers", &wire.disclosers, MOST, 1..=200);
    // Empty is a fault that the rules name.
    let description = fields.text("consent.description", &wire.description, 0..=2000);
    let classes = fields.words("consent.data_classes", &wire.data_classes);
    let recipients = read_recipients(fields, &wire.recipients);
    let purposes = fields.words("consent.purposes", &wire.purposes);
    let expires_at = fields.instant("consent.expires_at", wire.expires_at.as_ref());
    let how = fields.word("consent.signed_how", wire.signed_how);
    let signed_at = fields.instant("consent.signed_at", wire.signed_at.as_ref());
    if signed_at.is_some_and(|signed_at| signed_at > now) {
        fields.fault("consent.signed_at", "must not be after now");
    }
    // What cannot be read is taken for what no rule objects to, so that the rules about all else are asked as well.
    let consent = Consent {
        id: ConsentId::new(),
        participant: participant.unwrap_or(ParticipantId(Uuid::nil())),
        disclosers: disclosers.unwrap_or_default(),
        description: description.unwrap_or_default().into(),
        classes: classes.unwrap_or_default(),
        recipients,
        purposes: purposes.unwrap_or_default(),
        expires_at: expires_at.unwrap_or(Timestamp::MAX_UTC),
        signature: Signature {
            how: how.unwrap_or(Signed::Paper),
            at: signed_at.unwrap_or(Timestamp::MIN_UTC),
            recorded_by,
        },
        revocation_right_told: wire.revocation_right_told,
        redisclosure_told: wire.redisclosure_told,
        revoked_at: None,
    };
    for fault in consent.faults() {
        let field = format!("consent.{}", fault.field);
        if !fields.names(&field) {
            fields.fault(field, fault.must);
        }
    }
    (!fields.names("consent")).then_some(consent)
}

/// Reads the recipients; one that is wrong is none, and is named.
fn read_recipients(fields: &mut Fields, wire: &[pb::ConsentRecipient]) -> Vec<ConsentRecipient> {
    if !fields.at_most("consent.recipients", wire, MOST) {
        return Vec::new();
    }
    let read = |(at, wire)| read_recipient(fields, &format!("consent.recipients[{at}]"), wire);
    wire.iter().enumerate().filter_map(read).collect()
}

fn read_recipient(fields: &mut Fields, field: &str, wire: &pb::ConsentRecipient) -> Option<ConsentRecipient> {
    let name = |fields: &mut Fields| fields.text(&format!("{field}.name"), &wire.name, 1..=200);
    match Kind::try_from(wire.kind) {
        Ok(Kind::Facility) => {
            fields.id(&format!("{field}.facility_id"), &wire.facility_id).map(ConsentRecipient::Facility)
        }
        Ok(Kind::Person) => {
            let name = name(fields);
            let relationship = fields.word(&format!("{field}.relationship"), wire.relationship);
            Some(ConsentRecipient::Person { name: name?.into(), relationship: relationship? })
        }
        Ok(Kind::TreatmentPaymentOperations) => Some(ConsentRecipient::TreatmentPaymentOperations),
        Ok(Kind::Intermediary) => Some(ConsentRecipient::Intermediary { name: name(fields)?.into() }),
        Ok(Kind::Unspecified) | Err(_) => {
            fields.fault(format!("{field}.kind"), "must be one of the values, not unspecified");
            None
        }
    }
}
