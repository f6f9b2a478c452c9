//! Between the contracts and the domain.

mod intake;

use harborline_disclosure::{Reference, Refusal};
use harborline_proto::{partner::v1 as partner, referral::v1 as pb};
use harborline_store::etag;
use harborline_types::wire::{WireEnum, number, numbers, timestamp};
use harborline_types::wire_enum;

use crate::domain::disclosure::Carried;
use crate::domain::{
    ClinicView, DeclineReason, Event, EventKind, Facility, OfferState, Referral, ReferralState, ServiceKind,
};

wire_enum!(ServiceKind, pb::ServiceKind { EmergencyRoom, Inpatient, MobileCrisis, Outpatient, Detox, LocalSupport });
wire_enum!(ReferralState, pb::ReferralState { Offered, Claimed, Accepted, OnHold, Unplaced, Cancelled, Completed });
wire_enum!(DeclineReason, pb::DeclineReason { NoCapacity, NotSuitable, OutOfArea, Other, NoAnswer });
wire_enum!(
    EventKind,
    pb::ReferralEventKind {
        Offered,
        Claimed,
        Accepted,
        OnHold,
        Declined,
        Cancelled,
        Unplaced,
        Completed,
        ConsentRevoked
    }
);
wire_enum!(OfferState, partner::ReferralState { Offered, Claimed, Accepted, OnHold, Declined, Cancelled, Completed });

/// A reason that a clinic may give: any but the service's own "no answer".
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClinicReason(pub(super) DeclineReason);

impl WireEnum for ClinicReason {
    type Wire = i32;

    fn to_wire(self) -> i32 {
        number(self.0)
    }

    fn from_wire(wire: i32) -> Option<Self> {
        let reason = match partner::DeclineReason::try_from(wire).ok()? {
            partner::DeclineReason::Unspecified => return None,
            partner::DeclineReason::NoCapacity => DeclineReason::NoCapacity,
            partner::DeclineReason::NotSuitable => DeclineReason::NotSuitable,
            partner::DeclineReason::OutOfArea => DeclineReason::OutOfArea,
            partner::DeclineReason::Other => DeclineReason::Other,
        };
        Some(Self(reason))
    }
}

/// What the program's people see of a referral.
pub(crate) fn referral(referral: Referral, events: Vec<Event>) -> pb::Referral {
    let (owner, expected_by) = referral.owner.map(|owner| (owner.person, owner.expected_by)).unzip();
    let (owner_id, owner_name) = owner.map(|person| (person.id.to_string(), person.name)).unwrap_or_default();
    pb::Referral {
        referral_id: referral.id.to_string(),
        contact_id: referral.draft.contact.to_string(),
        service: number(referral.draft.service),
        jurisdiction: referral.draft.jurisdiction.unwrap_or_default(),
        state: number(referral.state),
        facility_id: referral.facility.map(|id| id.to_string()).unwrap_or_default(),
        owner_id,
        owner_name,
        expected_by: expected_by.map(timestamp),
        events: events.into_iter().map(event).collect(),
        data_classes: numbers(&referral.draft.classes),
        accept_by: referral.accept_by.map(timestamp),
    }
}

fn event(event: Event) -> pb::ReferralEvent {
    pb::ReferralEvent {
        sequence: event.sequence,
        kind: number(event.kind),
        facility_id: event.facility.map(|id| id.to_string()).unwrap_or_default(),
        decline_reason: event.decline_reason.map_or(0, number),
        at: Some(timestamp(event.at)),
    }
}

/// What a clinic sees of a referral, without the summary.
pub(crate) fn clinic_referral(view: ClinicView) -> partner::Referral {
    partner::Referral {
        referral_id: view.referral.to_string(),
        state: number(view.state),
        service: view.service.to_string(),
        jurisdiction: view.jurisdiction.unwrap_or_default(),
        summary: String::new(),
        offered_at: Some(timestamp(view.offered_at)),
        claim_by: Some(timestamp(view.claim_by)),
        sequence: view.sequence.into(),
        redisclosure_notice: String::new(),
        consent_ref: String::new(),
        consent_scope: String::new(),
        emergency_ref: String::new(),
        withheld: 0,
        consent_revoked_at: view.consent_revoked_at.map(timestamp),
        accept_by: view.accept_by.map(timestamp),
        expected_by: view.expected_by.map(timestamp),
    }
}

/// A referral with its summary, and with all that must go with it.
pub(crate) fn with_summary(referral: partner::Referral, carried: Carried) -> partner::Referral {
    match carried {
        Carried::Ordinary(summary, reference) => {
            let referral = partner::Referral { summary: summary.into_exposed(), ..referral };
            match reference {
                Some(reference) => with_reference(referral, &reference),
                None => referral,
            }
        }
        Carried::Part2(disclosed) => disclosed.into_answer(|summary, notice, reference| {
            let (summary, redisclosure_notice) = (summary.into_exposed(), notice.text().to_owned());
            with_reference(partner::Referral { summary, redisclosure_notice, ..referral }, &reference)
        }),
    }
}

fn with_reference(referral: partner::Referral, reference: &Reference) -> partner::Referral {
    partner::Referral {
        consent_ref: reference.consent_id().map(|id| id.to_string()).unwrap_or_default(),
        consent_scope: reference.consent_scope().map(|scope| scope.expose().clone()).unwrap_or_default(),
        emergency_ref: reference.emergency_id().map(|id| id.to_string()).unwrap_or_default(),
        ..referral
    }
}

/// Why a summary is not there, in the clinic's words.
pub(crate) fn withheld(refusal: Refusal) -> partner::Withheld {
    match refusal {
        Refusal::ConsentRevoked => partner::Withheld::ConsentRevoked,
        Refusal::ConsentExpired => partner::Withheld::ConsentExpired,
        Refusal::ConsentMissing
        | Refusal::RecipientNotCovered
        | Refusal::ClassNotCovered
        | Refusal::PurposeNotCovered
        | Refusal::ConsentUnconfirmed
        | Refusal::PsychotherapyNote
        | Refusal::ToldInConfidence => partner::Withheld::NotPermitted,
    }
}

pub(crate) fn facility(facility: Facility) -> pb::Facility {
    let edited = pb::Facility {
        facility_id: facility.id.to_string(),
        name: facility.name,
        services: numbers(&facility.services),
        jurisdictions: facility.jurisdictions,
        rank: facility.rank,
        accepting: facility.accepting,
        etag: String::new(),
    };
    pb::Facility { etag: etag(&edited), ..edited }
}
