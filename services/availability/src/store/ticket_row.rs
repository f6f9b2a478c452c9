//! A ticket as a row.

use harborline_store::StoreError;
use harborline_types::{
    Acuity, Channel, ContactId, CounselorKind, Need, OfferId, PersonId, Skill, SkillLevels, TicketId, Timestamp,
};
use sqlx::types::Json;

use crate::domain::{AskedFor, Beside, Target, Ticket, TicketKind, TicketState};

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
    skill_levels: Json<SkillLevels>,
    preferred_counselor_id: Option<PersonId>,
    outbound: bool,
    queued_at: Timestamp,
    waiting_since: Timestamp,
    widened: i16,
    paged: bool,
    backup_offered: bool,
    caller_left: bool,
    finishes_early: bool,
    counselor_id: Option<PersonId>,
    offer_id: Option<OfferId>,
    assignment: i32,
    steps: i32,
    kind: TicketKind,
    of_ticket_id: Option<TicketId>,
    asked_by: Option<PersonId>,
    target: Option<String>,
    target_person_id: Option<PersonId>,
    asked_for: Option<AskedFor>,
}

/// The texts of [`Target`]s.
const PERSON: &str = "person";
const SKILLED: &str = "skilled";
const SUPERVISOR_ON_CALL: &str = "supervisor_on_call";

/// The text of a target, without its person.
pub(super) fn target_text(target: &Target) -> &'static str {
    match target {
        Target::Person(_) => PERSON,
        Target::Skilled => SKILLED,
        Target::SupervisorOnCall => SUPERVISOR_ON_CALL,
    }
}

impl TryFrom<TicketRow> for Ticket {
    type Error = StoreError;

    fn try_from(mut row: TicketRow) -> Result<Self, StoreError> {
        let beside = row.beside()?.map(Box::new);
        let need = Need {
            channel: row.channel,
            at_least: row.at_least,
            language: row.language,
            jurisdiction: row.jurisdiction,
            skills: Skill::stored(row.skills, &row.skill_levels),
        };
        Ok(Self {
            id: row.ticket_id,
            contact: row.contact_id,
            state: row.state,
            acuity: acuity(row.acuity)?,
            need,
            preferred: row.preferred_counselor_id,
            outbound: row.outbound,
            queued_at: row.queued_at,
            waiting_since: row.waiting_since,
            widened: row.widened,
            paged: row.paged,
            backup_offered: row.backup_offered,
            caller_left: row.caller_left,
            finishes_early: row.finishes_early,
            counselor: row.counselor_id,
            offer: row.offer_id,
            assignment: row.assignment,
            steps: row.steps,
            beside,
        })
    }
}

impl TicketRow {
    /// The part of a ticket beside another; none for the ticket that answers the contact.
    fn beside(&mut self) -> Result<Option<Beside>, StoreError> {
        if self.kind == TicketKind::Answer {
            return Ok(None);
        }
        let target = match self.target.as_deref() {
            Some(PERSON) => self.target_person_id.take().map(Target::Person),
            Some(SKILLED) => Some(Target::Skilled),
            Some(SUPERVISOR_ON_CALL) => Some(Target::SupervisorOnCall),
            _ => None,
        };
        let (by, why, is_race) = (self.asked_by.take(), self.asked_for, self.kind == TicketKind::Race);
        let (Some(of), Some(target), true) = (self.of_ticket_id, target, is_race || by.is_some() && why.is_some())
        else {
            return Err(StoreError::Fault("a ticket that is beside none".to_owned()));
        };
        Ok(Some(Beside { kind: self.kind, of, by, target, why }))
    }
}

/// Reads an acuity column.
pub(super) fn acuity(level: i16) -> Result<Acuity, StoreError> {
    let known = u8::try_from(level).ok().and_then(Acuity::from_level);
    known.ok_or_else(|| StoreError::Fault("an acuity out of range".to_owned()))
}
