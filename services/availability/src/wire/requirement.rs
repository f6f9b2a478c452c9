//! Coverage requirements, from the wire and for it.

use std::collections::BTreeSet;

use harborline_proto::availability::v1 as pb;
use harborline_status::Fields;
use harborline_store::etag;
use harborline_types::wire::{WireEnum, leveled_skills, number};
use harborline_types::{Channel, CounselorKind, Skill, Weekday};

use super::local;
use crate::domain::coverage::Requirement;

/// The most skills that a requirement may name.
const MOST_SKILLS: usize = 20;

/// Reads a requirement; faults are noted.
pub(crate) fn read(fields: &mut Fields, given: &pb::CoverageRequirement) -> Option<Requirement> {
    let id = fields.id("requirement.requirement_id", &given.requirement_id);
    if !(1..=1000).contains(&given.at_least) {
        fields.fault("requirement.at_least", "must be 1 to 1000");
    }
    let counselor_kind = optional_word::<CounselorKind>(fields, "requirement.counselor_kind", given.counselor_kind);
    let language = fields.optional_language("requirement.language", &given.language);
    let credential_type = fields.text("requirement.credential_type", &given.credential_type, 0..=100);
    let jurisdiction = fields.optional_jurisdiction("requirement.jurisdiction", &given.jurisdiction);
    let skills = fields.skills("requirement", &given.skills, &given.leveled_skills, MOST_SKILLS);
    let channel = optional_word::<Channel>(fields, "requirement.channel", given.channel);
    let days: Option<Vec<Weekday>> = fields.words("requirement.days", &given.days);
    let hours = local::hours(fields, "requirement", &given.starts, &given.ends);
    Some(Requirement {
        id: id?,
        at_least: given.at_least,
        counselor_kind: counselor_kind?,
        language: language?,
        credential_type: credential_type.map(|kind| (!kind.is_empty()).then_some(kind))?,
        jurisdiction: jurisdiction?,
        skills: skills?,
        channel: channel?,
        days: days?.into_iter().collect::<BTreeSet<_>>(),
        hours: hours?,
    })
}

/// Reads an enumeration value, or nothing when it is unspecified. The outer `None` means a fault.
pub(crate) fn optional_word<T: WireEnum>(fields: &mut Fields, field: &str, wire: i32) -> Option<Option<T>> {
    if wire == 0 { Some(None) } else { fields.word(field, wire).map(Some) }
}

/// A requirement, for the wire.
pub(crate) fn write(asked: &Requirement) -> pb::CoverageRequirement {
    let edited = pb::CoverageRequirement {
        requirement_id: asked.id.to_string(),
        at_least: asked.at_least,
        counselor_kind: asked.counselor_kind.map_or(0, number),
        language: asked.language.clone().unwrap_or_default(),
        credential_type: asked.credential_type.clone().unwrap_or_default(),
        jurisdiction: asked.jurisdiction.clone().unwrap_or_default(),
        skills: Skill::names(&asked.skills),
        leveled_skills: leveled_skills(asked.skills.clone()),
        channel: asked.channel.map_or(0, number),
        days: asked.days.iter().copied().map(number).collect(),
        starts: asked.hours.starts.to_string(),
        ends: asked.hours.ends.to_string(),
        etag: String::new(),
    };
    pb::CoverageRequirement { etag: etag(&edited), ..edited }
}
