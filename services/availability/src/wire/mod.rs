//! Protobuf to the domain and back.

pub(crate) mod command;
pub(crate) mod counselor_state;
mod intake;
pub(crate) mod local;
pub(crate) mod measures;
pub(crate) mod requirement;

use harborline_proto::availability::v1 as pb;
use harborline_store::etag;
use harborline_types::wire::{leveled_skills, number, numbers, timestamp};
use harborline_types::{PersonId, Skill, wire_enum};

use crate::domain::{
    Activity, AskedFor, BreakReason, Counselor, Credential, DeclineReason, FatigueRules, ResponseTimes, Ticket,
    TicketEventKind, TicketKind, TicketState, TransferStatus,
};
use crate::store::{Consideration, RosterEntry, TicketEvent};

wire_enum!(TicketState, pb::TicketState { Queued, Offered, Assigned, Released, Withdrawn, HandedOff });
wire_enum!(
    TicketEventKind,
    pb::TicketEventKind {
        Queued,
        Offered,
        Declined,
        Expired,
        Accepted,
        CounselorLost,
        Raised,
        Widened,
        SupervisorPaged,
        Released,
        WrappedUp,
        Withdrawn,
        HandedOff,
        OfferWithdrawn,
        PageDelivered,
        PageFailed,
        PageSkipped,
        Transferred,
        Left,
        OfferPassedOn,
        BackupOffered,
        CallerLeft,
        CallerBack,
        FinishedEarly,
    }
);
wire_enum!(TicketKind, pb::TicketKind { Answer, WarmTransfer, ColdTransfer, Conference, Race });
wire_enum!(
    AskedFor,
    pb::AskedFor { Interpreter, Skill, Clinician, Supervision, ShiftEnd, Conflict, CallerWish, ProgramRule }
);
wire_enum!(DeclineReason, pb::DeclineReason { Conflict, NotQualified, NeedsBreak, Technical });
wire_enum!(BreakReason, pb::BreakReason { Chosen, UnansweredOffers });
wire_enum!(Activity, pb::Activity { Offline, Available, Offered, Engaged, WrappingUp, OnBreak, Reconnecting });

impl From<RosterEntry> for pb::Counselor {
    fn from(entry: RosterEntry) -> Self {
        counselor(entry.counselor, entry.activity)
    }
}

/// A counselor with what they are doing.
pub(crate) fn counselor(counselor: Counselor, activity: Activity) -> pb::Counselor {
    let edited = edited_of(counselor);
    pb::Counselor { etag: etag(&edited), activity: number(activity), ..edited }
}

/// The fields of a counselor that people edit: the etag is made from them.
fn edited_of(counselor: Counselor) -> pb::Counselor {
    pb::Counselor {
        counselor_id: counselor.id.to_string(),
        name: counselor.name,
        kind: number(counselor.kind),
        credentials: counselor.credentials.into_iter().map(credential).collect(),
        skills: Skill::names(&counselor.skills),
        languages: counselor.languages,
        channels: numbers(&counselor.channels),
        message_capacity: counselor.message_capacity.into(),
        activity: 0,
        leveled_skills: leveled_skills(counselor.skills),
        time_zone: counselor.zone.map(|zone| zone.name().to_owned()).unwrap_or_default(),
        etag: String::new(),
    }
}

fn credential(credential: Credential) -> pb::Credential {
    pb::Credential {
        r#type: credential.kind,
        jurisdiction: credential.jurisdiction,
        valid_from: Some(timestamp(credential.valid_from)),
        valid_until: Some(timestamp(credential.valid_until)),
        number: credential.number,
    }
}

/// A ticket with its history.
pub(crate) fn ticket(ticket: Ticket, events: impl IntoIterator<Item = TicketEvent>) -> pb::Ticket {
    let kind = number(ticket.kind());
    pb::Ticket {
        ticket_id: ticket.id.to_string(),
        contact_id: ticket.contact.to_string(),
        state: number(ticket.state),
        acuity: number(ticket.acuity),
        need: Some(ticket.need.into()),
        counselor_id: text(ticket.counselor),
        events: events.into_iter().map(event).collect(),
        kind,
        asked_by_id: text(ticket.beside.and_then(|beside| beside.by)),
    }
}

fn event(event: TicketEvent) -> pb::TicketEvent {
    pb::TicketEvent {
        sequence: event.sequence,
        kind: number(event.kind),
        counselor_id: text(event.counselor),
        at: Some(timestamp(event.at)),
        acuity: event.acuity.map_or(0, number),
        // An int32 with the numbers of `DeclineReason`.
        declined_because: event.declined.map_or(0, number),
        page: event.page.into(),
    }
}

/// A transfer or a conference, for the counselor who has the contact.
pub(crate) fn asked_in(transfer: &TransferStatus) -> pb::AskedIn {
    let TransferStatus { ticket, unreachable } = transfer;
    pb::AskedIn {
        ticket_id: ticket.id.to_string(),
        contact_id: ticket.contact.to_string(),
        kind: number(ticket.kind()),
        state: number(ticket.state),
        counselor_id: text(ticket.counselor.clone()),
        unreachable: *unreachable,
    }
}

/// The counts that a decision was made from.
pub(crate) fn consideration(considered: Consideration) -> pb::Consideration {
    let Consideration { step, fatigue, on_duty, away, channel, standing, language, credential, skill, .. } = considered;
    pb::Consideration {
        sequence: step,
        on_duty,
        away,
        channel,
        standing,
        language,
        credential,
        skill,
        declined: considered.declined,
        silent: considered.silent,
        busy: considered.busy,
        eligible: considered.eligible,
        fatigue,
        urgent_in_hand: considered.urgent_in_hand,
        counselor_ids: considered.named.iter().map(PersonId::to_string).collect(),
    }
}

/// Response times, for the wire. They are bounded, so that each of them is a protobuf duration.
pub(crate) fn response_times(times: &ResponseTimes) -> pb::ResponseTimes {
    let duration = |duration: std::time::Duration| prost_types::Duration::try_from(duration).ok();
    pb::ResponseTimes {
        urgent_offer_timeout: duration(times.urgent_offer_timeout),
        offer_timeout: duration(times.offer_timeout),
        widen_after: times.widen_after.iter().copied().filter_map(duration).collect(),
        page_after: duration(times.page_after),
        backup_after: duration(times.backup_after),
        presence_grace: duration(times.presence_grace),
        age_after: duration(times.ageing.wait()),
        emergency_offers: times.emergency_offers.into(),
    }
}

/// Fatigue rules, for the wire. They are bounded too.
pub(crate) fn fatigue_rules(rules: &FatigueRules) -> pb::FatigueRules {
    let duration = |duration: std::time::Duration| prost_types::Duration::try_from(duration).ok();
    pb::FatigueRules {
        urgent_in_a_row: rules.urgent_in_a_row.into(),
        recovery: duration(rules.recovery),
        longest_stretch: duration(rules.longest_stretch),
    }
}

fn text(person: Option<PersonId>) -> String {
    person.map(|person| person.to_string()).unwrap_or_default()
}
