//! How a contact lies in its row.

use chrono::TimeDelta;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::StoreError;
use harborline_types::{
    Acuity, AssessmentId, CallerKind, Channel, ClosingDuty, ContactId, CounselorKind, Need, ParticipantId, PersonId,
    Phi, PlanId, Skill, SkillLevels, Timestamp,
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;

use super::program::person;
use super::stated::{self, contact_place};
use crate::domain::assessment::Assessment;
use crate::domain::contact::{Contact, ContactState, FollowUp, Outcome, Requested};
use crate::domain::returning::{Carried, VerifiedCaller};

#[derive(FromRow)]
pub(super) struct ContactRow {
    contact_id: ContactId,
    state: ContactState,
    channel: Channel,
    caller: CallerKind,
    participant_id: Option<ParticipantId>,
    language: String,
    jurisdiction: Option<String>,
    assessment_id: Option<AssessmentId>,
    acuity: Acuity,
    need_channel: Channel,
    need_at_least: Option<CounselorKind>,
    need_language: String,
    need_jurisdiction: Option<String>,
    need_skills: Vec<String>,
    need_skill_levels: Json<SkillLevels>,
    conclusion: Sealed,
    stated: Sealed,
    protocol: String,
    assessed_at: Timestamp,
    assessment_sequence: i64,
    counselor_id: Option<PersonId>,
    counselor_name: Option<String>,
    assignment: i32,
    requested_acuity: Option<Acuity>,
    requested_sequence: Option<i64>,
    outcome: Option<Outcome>,
    opened_at: Timestamp,
    answered_at: Option<Timestamp>,
    backup_offered_at: Option<Timestamp>,
    caller_left_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    origin_contact_id: Option<ContactId>,
    follow_up_plan_id: Option<PlanId>,
    follow_up_attempt: Option<i32>,
    revision: i64,
    verified_caller: Option<String>,
    carried_acuity: Option<Acuity>,
    waited_before_ms: i64,
    known_counselor_id: Option<PersonId>,
    openings: i32,
    last_opened_at: Option<Timestamp>,
    channels: Vec<Channel>,
    linked_contact_ids: Vec<ContactId>,
    joined_at: Option<Timestamp>,
}

/// What is sealed of where a contact stands: why, and what was done about it.
#[derive(Serialize, Deserialize)]
struct Conclusion {
    reasons: Vec<String>,
    closing_duties: Vec<ClosingDuty>,
    completed_duties: Vec<ClosingDuty>,
    #[serde(default)]
    rule_duties: Vec<ClosingDuty>,
}

fn conclusion_place(id: ContactId) -> Place {
    Place::new("contact", "conclusion", id)
}

/// Seals what changes of a contact.
pub(super) fn conclusion(keys: &ProgramKeys, contact: &Contact) -> Result<Sealed, StoreError> {
    let conclusion = Conclusion {
        reasons: contact.assessment.reasons.clone(),
        closing_duties: contact.assessment.closing_duties.clone(),
        completed_duties: contact.completed_duties.clone(),
        rule_duties: contact.rule_duties.clone(),
    };
    Ok(keys.seal(&conclusion_place(contact.id), &Phi::new(conclusion))?)
}

impl ContactRow {
    pub(super) fn open(self, keys: &ProgramKeys) -> Result<Contact, StoreError> {
        let row = self;
        let stated = stated::open(keys, &contact_place(row.contact_id), &row.stated)?;
        let sealed: Conclusion = keys.open(&conclusion_place(row.contact_id), &row.conclusion)?.into_exposed();
        let need = Need {
            channel: row.need_channel,
            at_least: row.need_at_least,
            language: row.need_language,
            jurisdiction: row.need_jurisdiction,
            skills: Skill::stored(row.need_skills, &row.need_skill_levels),
        };
        let assessment = Assessment {
            id: row.assessment_id,
            acuity: row.acuity,
            reasons: sealed.reasons,
            need,
            closing_duties: sealed.closing_duties,
            protocol: row.protocol,
            assessed_at: row.assessed_at,
            sequence: row.assessment_sequence,
        };
        let follow_up = follow_up(row.origin_contact_id, row.follow_up_plan_id, row.follow_up_attempt);
        let carried = Carried {
            origin: row.origin_contact_id.filter(|_| follow_up.is_none()),
            acuity: row.carried_acuity,
            waited: TimeDelta::milliseconds(row.waited_before_ms),
            counselor: row.known_counselor_id,
        };
        Ok(Contact {
            id: row.contact_id,
            state: row.state,
            channel: row.channel,
            caller: row.caller,
            participant: row.participant_id,
            language: row.language,
            jurisdiction: row.jurisdiction,
            assessment,
            rule_duties: sealed.rule_duties,
            completed_duties: sealed.completed_duties,
            counselor: person(row.counselor_id, row.counselor_name),
            assignment: row.assignment,
            requested: requested(row.requested_acuity, row.requested_sequence),
            outcome: row.outcome,
            opened_at: row.opened_at,
            answered_at: row.answered_at,
            backup_offered_at: row.backup_offered_at,
            caller_left_at: row.caller_left_at,
            ended_at: row.ended_at,
            follow_up,
            call_back_rules: stated.call_back_rules,
            verified_caller: row.verified_caller.map(VerifiedCaller::stored),
            carried,
            openings: row.openings,
            last_opened_at: row.last_opened_at.unwrap_or(row.opened_at),
            channels: if row.channels.is_empty() { vec![row.channel] } else { row.channels },
            linked: row.linked_contact_ids,
            joined_at: row.joined_at,
            revision: row.revision,
        })
    }
}

fn requested(acuity: Option<Acuity>, sequence: Option<i64>) -> Option<Requested> {
    Some(Requested { acuity: acuity?, sequence: sequence? })
}

fn follow_up(origin: Option<ContactId>, plan: Option<PlanId>, attempt: Option<i32>) -> Option<FollowUp> {
    Some(FollowUp { origin: origin?, plan: plan?, attempt: attempt? })
}
