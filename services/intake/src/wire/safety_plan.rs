//! Safety plans between the domain and the contracts.

use harborline_proto::intake::v1 as pb;
use harborline_status::Fields;
use harborline_types::wire::{number, timestamp};
use harborline_types::wire_enum;

use crate::domain::safety_plan::{Change, Difference, Draft, Entry, SafetyPlan, Section, Signature, Version, Words};

wire_enum!(
    Section,
    pb::SafetyPlanSection { WarningSigns, OwnCoping, PeopleAndPlaces, PeopleToAsk, Professionals, SaferEnvironment }
);

/// A plan as those see it who may.
pub(crate) fn plan(plan: SafetyPlan) -> pb::SafetyPlan {
    let awaits_agreement = plan.awaits_agreement();
    let content = plan.content.into_exposed();
    pb::SafetyPlan {
        participant_id: plan.participant.to_string(),
        version: plan.version,
        entries: content.entries.into_iter().map(entry).collect(),
        changed_at: content.changed_at.map(timestamp),
        agreement: content.agreement.map(signature),
        review: content.review.map(signature),
        awaits_agreement,
    }
}

fn entry(entry: Entry) -> pb::SafetyPlanEntry {
    let consent = entry.consent.as_ref();
    pb::SafetyPlanEntry {
        consent_recorded_at: consent.map(|mark| timestamp(mark.at)),
        consent_recorded_by: consent.map(|mark| mark.by.clone().into()),
        entry_id: entry.id.to_string(),
        section: number(entry.section),
        etag: entry.etag(),
        words: Some(pb::SafetyPlanWords {
            text: entry.words.text,
            phone_number: entry.words.phone_number.unwrap_or_default(),
            may_be_contacted: entry.words.may_be_contacted,
        }),
        changed_by: Some(entry.changed.by.into()),
        changed_at: Some(timestamp(entry.changed.at)),
    }
}

fn signature(signature: Signature) -> pb::SafetyPlanSignature {
    pb::SafetyPlanSignature {
        version: signature.version,
        by: Some(signature.mark.by.into()),
        at: Some(timestamp(signature.mark.at)),
        contact_id: signature.contact.map(|contact| contact.to_string()).unwrap_or_default(),
    }
}

/// One version on record.
pub(crate) fn version(version: Version) -> pb::SafetyPlanVersion {
    let Change { mark, differences, .. } = version.change.into_exposed();
    pb::SafetyPlanVersion {
        version: version.number,
        changed_by: Some(mark.by.into()),
        changed_at: Some(timestamp(mark.at)),
        differences: differences.into_iter().map(difference).collect(),
    }
}

/// What became of one entry.
pub(crate) fn difference(difference: Difference) -> pb::SafetyPlanDifference {
    pb::SafetyPlanDifference { before: difference.before.map(entry), after: difference.after.map(entry) }
}

/// Reads an entry to add, naming every wrong field under `field`.
pub(crate) fn read_draft(fields: &mut Fields, field: &str, wire: &pb::SafetyPlanDraft) -> Option<Draft> {
    let section = fields.word(&format!("{field}.section"), wire.section);
    let words = read_words(fields, &format!("{field}.words"), wire.words.as_ref());
    Some(Draft { section: section?, words: words? })
}

/// Reads what an entry says, naming every wrong field under `field`.
pub(crate) fn read_words(fields: &mut Fields, field: &str, wire: Option<&pb::SafetyPlanWords>) -> Option<Words> {
    let wire = fields.message(field, wire);
    let text = fields.text(&format!("{field}.text"), &wire.text, 1..=1000);
    let phone_number = match wire.phone_number.as_str() {
        "" => Some(None),
        number => fields.line(&format!("{field}.phone_number"), number).map(Some),
    };
    Some(Words { text: text?, phone_number: phone_number?, may_be_contacted: wire.may_be_contacted })
}
