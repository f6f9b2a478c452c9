//! Emergency access between the domain and the contracts.

use chrono::TimeDelta;
use harborline_disclosure::{DataClass, Emergency, EmergencyKind};
use harborline_proto::intake::v1 as pb;
use harborline_status::Fields;
use harborline_types::wire::{duration, number, numbers, timestamp};
use harborline_types::{BreakGlassId, FacilityId, ParticipantId, Person, Phi, Timestamp, wire_enum};

use crate::domain::break_glass::{BreakGlass, BreakGlassFinding, BreakGlassReason};

wire_enum!(BreakGlassReason, pb::BreakGlassReason { MedicalEmergency, SeriousThreat, CounselorUnreachable });
wire_enum!(BreakGlassFinding, pb::BreakGlassFinding { Justified, NotJustified });

/// An emergency access as who reviews it sees it.
pub(crate) fn access(access: BreakGlass, now: Timestamp) -> pb::BreakGlassAccess {
    let ended_at = access.ended(now).map(timestamp);
    let (reviewed_at, finding, reviewer, note) = match access.review {
        Some(review) => (
            Some(timestamp(review.at)),
            number(review.finding),
            Some(review.reviewer.into()),
            review.note.into_exposed(),
        ),
        None => (None, 0, None, String::new()),
    };
    pb::BreakGlassAccess {
        break_glass_id: access.id.to_string(),
        participant_id: access.participant.to_string(),
        data_classes: numbers(&access.classes),
        reason: number(access.reason),
        taken_by: Some(access.taken_by.into()),
        taken_at: Some(timestamp(access.taken_at)),
        expires_at: Some(timestamp(access.expires_at)),
        ended_at,
        reviewer,
        reviewed_at,
        finding,
        explanation: access.explanation.into_exposed(),
        review_note: note,
        emergency: access.emergency.map(emergency),
    }
}

fn emergency(emergency: Emergency) -> pb::MedicalEmergency {
    pb::MedicalEmergency {
        recipient: Some(pb::EmergencyRecipient {
            name: emergency.recipient.into_exposed(),
            facility_id: emergency.facility.to_string(),
        }),
        discloser: Some(emergency.discloser.into()),
        occurred_at: Some(timestamp(emergency.at)),
        nature: emergency.nature.into_exposed(),
    }
}

/// An access that somebody asks for, but for who takes it.
pub(crate) struct Asked {
    pub(crate) participant: ParticipantId,
    pub(crate) classes: Vec<DataClass>,
    pub(crate) reason: BreakGlassReason,
    pub(crate) explanation: Phi<String>,
    pub(crate) lasts: TimeDelta,
    pub(crate) emergency: Option<AskedEmergency>,
}

/// The four fields of 42 CFR 2.51.
pub(crate) struct AskedEmergency {
    recipient: Phi<String>,
    facility: FacilityId,
    discloser: Person,
    at: Timestamp,
    nature: Phi<String>,
}

impl Asked {
    /// The access as it is taken now, in a program of this kind.
    pub(crate) fn taken(self, by: Person, is_part2_program: bool, now: Timestamp) -> BreakGlass {
        let (id, participant, expires_at) = (BreakGlassId::new(), self.participant, now + self.lasts);
        let kind = match self.reason {
            BreakGlassReason::MedicalEmergency => EmergencyKind::Medical,
            BreakGlassReason::SeriousThreat | BreakGlassReason::CounselorUnreachable => EmergencyKind::Threat,
        };
        let emergency = self.emergency.map(|AskedEmergency { recipient, facility, discloser, at, nature }| Emergency {
            id,
            participant,
            kind,
            recipient,
            facility,
            discloser,
            at,
            nature,
            ends_at: expires_at,
        });
        let mut classes: Vec<_> = self.classes.into_iter().map(|class| class.in_program(is_part2_program)).collect();
        classes.sort_unstable();
        classes.dedup();
        BreakGlass {
            id,
            participant,
            classes,
            reason: self.reason,
            taken_by: by,
            taken_at: now,
            expires_at,
            ended_at: None,
            explanation: self.explanation,
            emergency,
            review: None,
        }
    }
}

/// Reads what somebody asks for, naming every wrong field.
pub(crate) fn read_asked(fields: &mut Fields, wire: &pb::BreakGlassRequest, now: Timestamp) -> Option<Asked> {
    let participant = fields.id("participant_id", &wire.participant_id);
    let classes = fields.words::<DataClass>("data_classes", &wire.data_classes);
    if classes
        .as_ref()
        .is_some_and(|classes| classes.is_empty() || !classes.iter().all(|class| BreakGlass::can_show(*class)))
    {
        fields.fault("data_classes", "must name at least one, and nothing that is kept apart from the record");
    }
    let reason = fields.word::<BreakGlassReason>("reason", wire.reason);
    let explanation = fields.text("explanation", &wire.explanation, 1..=1000);
    let lasts = read_lasts(fields, wire.lasts.as_ref());
    let emergency = match (reason, &wire.emergency) {
        (Some(BreakGlassReason::MedicalEmergency), None) => {
            fields.fault("emergency", "is required in a medical emergency: 42 CFR 2.51");
            // So that what it must hold is named in the same answer.
            read_emergency(fields, &pb::MedicalEmergency::default(), now).map(Some)
        }
        (Some(BreakGlassReason::CounselorUnreachable), Some(_)) => {
            fields.fault("emergency", "must be absent: nobody outside is told");
            None
        }
        (_, None) => Some(None),
        (_, Some(wire)) => read_emergency(fields, wire, now).map(Some),
    };
    Some(Asked {
        participant: participant?,
        classes: classes?,
        reason: reason?,
        explanation: explanation?.into(),
        lasts: lasts?,
        emergency: emergency?,
    })
}

fn read_lasts(fields: &mut Fields, wire: Option<&prost_types::Duration>) -> Option<TimeDelta> {
    let Some(wire) = wire else { return Some(BreakGlass::LONGEST) };
    let lasts = duration(wire).and_then(|lasts| TimeDelta::from_std(lasts).ok());
    // Instants are kept in whole microseconds.
    let lasts = lasts.filter(|lasts| *lasts >= TimeDelta::microseconds(1) && *lasts <= BreakGlass::LONGEST);
    if lasts.is_none() {
        fields.fault("lasts", "must be more than nothing and at most 60 minutes");
    }
    lasts
}

fn read_emergency(fields: &mut Fields, wire: &pb::MedicalEmergency, now: Timestamp) -> Option<AskedEmergency> {
    let recipient = fields.message("emergency.recipient", wire.recipient.as_ref());
    let name = fields.text("emergency.recipient.name", &recipient.name, 1..=200);
    let facility = fields.id("emergency.recipient.facility_id", &recipient.facility_id);
    let discloser = super::read_person(fields, "emergency.discloser", wire.discloser.as_ref());
    let at = fields.instant("emergency.occurred_at", wire.occurred_at.as_ref());
    if at.is_some_and(|at| at > now) {
        fields.fault("emergency.occurred_at", "must not be after now");
    }
    let nature = fields.text("emergency.nature", &wire.nature, 1..=1000);
    Some(AskedEmergency {
        recipient: name?.into(),
        facility: facility?,
        discloser: discloser?,
        at: at?,
        nature: nature?.into(),
    })
}
