//! A ticket as a row.

use harborline_store::StoreError;
use harborline_types::{Acuity, Channel, ContactId, CounselorKind, Need, OfferId, PersonId, TicketId, Timestamp};

use crate::domain::{Ticket, TicketState};

/// The columns of a ticket.
#[derive(sqlx::FromRow)]
pub(super) struct TicketRow {
    ticket_id: TicketId,
    contact_id: ContactId,
    state: TicketState,
    acuity: i16,
    channel: Channel,
    at_least: Option<CounselorKind>,
    language: String,
    jurisdiction: Option<String>,
    skills: Vec<String>,
    preferred_counselor_id: Option<PersonId>,
    queued_at: Timestamp,
    waiting_since: Timestamp,
    widened: i16,
    paged: bool,
    counselor_id: Option<PersonId>,
    offer_id: Option<OfferId>,
    assignment: i32,
    steps: i32,
}

impl TryFrom<TicketRow> for Ticket {
    type Error = StoreError;

    fn try_from(row: TicketRow) -> Result<Self, StoreError> {
        let need = Need {
            channel: row.channel,
            at_least: row.at_least,
            language: row.language,
            jurisdiction: row.jurisdiction,
            skills: row.skills,
        };
        Ok(Self {
            id: row.ticket_id,
            contact: row.contact_id,
            state: row.state,
            acuity: acuity(row.acuity)?,
            need,
            preferred: row.preferred_counselor_id,
            queued_at: row.queued_at,
            waiting_since: row.waiting_since,
            widened: row.widened,
            paged: row.paged,
            counselor: row.counselor_id,
            offer: row.offer_id,
            assignment: row.assignment,
            steps: row.steps,
        })
    }
}

/// Reads an acuity column.
pub(super) fn acuity(level: i16) -> Result<Acuity, StoreError> {
    let known = u8::try_from(level).ok().and_then(Acuity::from_level);
    known.ok_or_else(|| StoreError::Fault("an acuity out of range".to_owned()))
}
