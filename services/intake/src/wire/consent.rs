//! Consents between the domain and the contracts.

use harborline_disclosure::{Confirmation, Consent, ConsentRecipient, Expiry, Signature, Signed};
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
    let awaits_confirmation = consent.confirmation == Confirmation::Awaited;
    let (confirmed_by, confirmed_at) = match consent.confirmation {
        Confirmation::Given { by, at } => (Some(by.into()), Some(timestamp(at))),
        Confirmation::NotNeeded | Confirmation::Awaited => (None, None),
    };
    let ending = expiry(consent.expiry);
    pb::Consent {
        consent_id: consent.id.to_string(),
        participant_id: consent.participant.to_string(),
        disclosers: consent.disclosers,
        description: consent.description.into_exposed(),
        data_classes: numbers(&consent.classes),
        recipients: consent.recipients.into_iter().map(recipient).collect(),
        purposes: numbers(&consent.purposes),
        signed_how: number(consent.signature.how),
        signed_at: Some(timestamp(consent.signature.at)),
        revocation_right_told: consent.revocation_right_told,
        redisclosure_told: consent.redisclosure_told,
        recorded_by: Some(consent.signature.recorded_by.into()),
        recorded_at: Some(timestamp(recorded_at)),
        revoked_at: consent.revoked_at.map(timestamp),
        awaits_confirmation,
        confirmed_by,
        confirmed_at,
        ..ending
    }
}

/// With what it ends, and nothing else of a consent.
fn expiry(expiry: Expiry) -> pb::Consent {
    let none = pb::Consent::default();
    match expiry {
        Expiry::On(instant) => pb::Consent { expires_at: Some(timestamp(instant)), ..none },
        Expiry::With { event, since } => {
            pb::Consent { expires_with: event.into_exposed(), expired_at: since.map(timestamp), ..none }
        }
        Expiry::Nothing => pb::Consent { does_not_expire: true, ..none },
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
    is_part2_program: bool,
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
    let expiry = read_expiry(fields, &wire, now);
    let how = fields.word("consent.signed_how", wire.signed_how);
    let signed_at = fields.instant("consent.signed_at", wire.signed_at.as_ref());
    let revoked_at = read_past(fields, "consent.revoked_at", wire.revoked_at.as_ref(), now);
    if signed_at.is_some_and(|signed_at| signed_at > now) {
        fields.fault("consent.signed_at", NOT_LATER);
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
        expiry: expiry.unwrap_or(Expiry::On(Timestamp::MAX_UTC)),
        signature: Signature {
            how: how.unwrap_or(Signed::Paper),
            at: signed_at.unwrap_or(Timestamp::MIN_UTC),
            recorded_by,
        },
        revocation_right_told: wire.revocation_right_told,
        redisclosure_told: wire.redisclosure_told,
        revoked_at,
        confirmation: Confirmation::NotNeeded,
    };
    for fault in consent.faults_in(is_part2_program, now) {
        let field = format!("consent.{}", fault.field);
        if !fields.names(&field) {
            fields.fault(field, fault.must);
        }
    }
    (!fields.names("consent")).then_some(consent)
}

const NOT_LATER: &str = "must not be after now";

/// Reads an instant of a consent from elsewhere, which may be absent.
fn read_past(
    fields: &mut Fields,
    field: &str,
    wire: Option<&prost_types::Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let instant = fields.instant(field, Some(wire?))?;
    if instant > now {
        fields.fault(field, NOT_LATER);
    }
    Some(instant)
}

/// Reads with what a consent ends: one of three.
fn read_expiry(fields: &mut Fields, wire: &pb::Consent, now: Timestamp) -> Option<Expiry> {
    let expired_at = read_past(fields, "consent.expired_at", wire.expired_at.as_ref(), now);
    let has_event = !wire.expires_with.is_empty();
    if expired_at.is_some() && !has_event {
        fields.fault("consent.expired_at", "must be absent, but for a consent that ends with an event");
    }
    match (wire.expires_at.as_ref(), has_event, wire.does_not_expire) {
        (Some(instant), false, false) => fields.instant("consent.expires_at", Some(instant)).map(Expiry::On),
        (None, true, false) => {
            let event = fields.text("consent.expires_with", &wire.expires_with, 1..=500)?;
            Some(Expiry::With { event: event.into(), since: expired_at })
        }
        (None, false, true) => Some(Expiry::Nothing),
        _ => {
            fields.fault("consent.expires_at", "must be an instant, or one of expires_with and does_not_expire be set");
            None
        }
    }
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
