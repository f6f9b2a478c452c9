//! Between the contracts and the domain.

use harborline_proto::{partner::v1 as partner, referral::v1 as pb};
use harborline_types::wire::{WireEnum, number, numbers, timestamp};
use harborline_types::wire_enum;

use crate::domain::{
    ClinicView, DeclineReason, Event, EventKind, Facility, OfferState, Referral, ReferralState, ServiceKind,
};

wire_enum!(ServiceKind, pb::ServiceKind { EmergencyRoom, Inpatient, MobileCrisis, Outpatient, Detox, LocalSupport });
wire_enum!(ReferralState, pb::ReferralState { Offered, Claimed, Accepted, Unplaced, Cancelled, Completed });
wire_enum!(DeclineReason, pb::DeclineReason { NoCapacity, NotSuitable, OutOfArea, Other, NoAnswer });
wire_enum!(EventKind, pb::ReferralEventKind { Offered, Claimed, Accepted, Declined, Cancelled, Unplaced, Completed });
wire_enum!(OfferState, partner::ReferralState { Offered, Claimed, Accepted, Declined, Cancelled, Completed });

/// A reason that a clinic may give: any but the service's own "no answer".
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct ClinicReason(pub(super) DeclineReason);

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
pub(super) fn referral(referral: Referral, events: Vec<Event>) -> pb::Referral {
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

/// What a clinic sees of a referral, the summary as far as the view discloses it.
pub(super) fn clinic_referral(view: ClinicView) -> partner::Referral {
    partner::Referral {
        referral_id: view.referral.to_string(),
        state: number(view.state),
        service: view.service.to_string(),
        jurisdiction: view.jurisdiction.unwrap_or_default(),
        summary: view.summary.map(harborline_types::Phi::into_exposed).unwrap_or_default(),
        offered_at: Some(timestamp(view.offered_at)),
        claim_by: Some(timestamp(view.claim_by)),
        sequence: view.sequence.into(),
    }
}

pub(super) fn facility(facility: Facility) -> pb::Facility {
    pb::Facility {
        facility_id: facility.id.to_string(),
        name: facility.name,
        services: numbers(&facility.services),
        jurisdictions: facility.jurisdictions,
        rank: facility.rank,
        accepting: facility.accepting,
    }
}
