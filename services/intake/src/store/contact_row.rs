//! How a contact lies in its row.

use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::StoreError;
use harborline_types::{
    Acuity, AssessmentId, CallerKind, Channel, ClosingDuty, ContactId, CounselorKind, Need, ParticipantId, PersonId,
    Phi, PlanId, Signal, Skill, SkillLevels, Timestamp,
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;

use super::program::person;
use crate::domain::assessment::Assessment;
use crate::domain::contact::{Contact, ContactState, FollowUp, Outcome, Requested};
use crate::domain::facts::{AsqAnswer, CallBackRules, Facts, SelfScreening};

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
}

/// What is sealed of where a contact stands: why, and what was done about it.
#[derive(Serialize, Deserialize)]
struct Conclusion {
    reasons: Vec<String>,
    closing_duties: Vec<ClosingDuty>,
    completed_duties: Vec<ClosingDuty>,
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
    };
    Ok(keys.seal(&conclusion_place(contact.id), &Phi::new(conclusion))?)
}

impl ContactRow {
    pub(super) fn open(self, keys: &ProgramKeys) -> Result<Contact, StoreError> {
        let row = self;
        let stated = FactsRow { stated: row.stated }.open(keys, row.contact_id)?;
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
        Ok(Contact {
            id: row.contact_id,
            state: row.state,
            channel: row.channel,
            caller: row.caller,
            participant: row.participant_id,
            language: row.language,
            jurisdiction: row.jurisdiction,
            assessment,
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
            follow_up: follow_up(row.origin_contact_id, row.follow_up_plan_id, row.follow_up_attempt),
            call_back_rules: stated.call_back_rules,
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

#[derive(FromRow)]
pub(super) struct FactsRow {
    pub(super) stated: Sealed,
}

/// What is sealed of what the caller stated.
#[derive(Serialize, Deserialize)]
struct Stated {
    signals: Vec<Signal>,
    /// The five answers of the ASQ; nothing when none was given.
    self_screening: Option<[Option<AsqAnswer>; 5]>,
    callback_number: Option<String>,
    own_words: Option<String>,
    #[serde(default)]
    voicemail_is_safe: bool,
    #[serde(default)]
    naming_the_program_is_safe: bool,
}

fn stated_place(id: ContactId) -> Place {
    Place::new("contact", "stated", id)
}

/// Seals what the caller stated.
pub(super) fn stated(keys: &ProgramKeys, id: ContactId, facts: &Facts) -> Result<Sealed, StoreError> {
    let stated = Stated {
        signals: facts.signals.clone(),
        self_screening: facts.self_screening.as_ref().map(answers),
        callback_number: facts.callback_number.as_ref().map(|number| number.expose().clone()),
        own_words: facts.own_words.as_ref().map(|words| words.expose().clone()),
        voicemail_is_safe: facts.call_back_rules.voicemail,
        naming_the_program_is_safe: facts.call_back_rules.naming_the_program,
    };
    Ok(keys.seal(&stated_place(id), &Phi::new(stated))?)
}

impl FactsRow {
    pub(super) fn open(&self, keys: &ProgramKeys, id: ContactId) -> Result<Facts, StoreError> {
        let stated: Stated = keys.open(&stated_place(id), &self.stated)?.into_exposed();
        Ok(Facts {
            signals: stated.signals,
            self_screening: stated.self_screening.map(screening),
            callback_number: stated.callback_number.map(Phi::new),
            call_back_rules: CallBackRules {
                voicemail: stated.voicemail_is_safe,
                naming_the_program: stated.naming_the_program_is_safe,
            },
            own_words: stated.own_words.map(Phi::new),
        })
    }
}

fn screening(answers: [Option<AsqAnswer>; 5]) -> SelfScreening {
    let [wished_dead, better_off_dead, thoughts_past_week, ever_tried, thoughts_now] = answers;
    SelfScreening { wished_dead, better_off_dead, thoughts_past_week, ever_tried, thoughts_now }
}

fn answers(screening: &SelfScreening) -> [Option<AsqAnswer>; 5] {
    [
        screening.wished_dead,
        screening.better_off_dead,
        screening.thoughts_past_week,
        screening.ever_tried,
        screening.thoughts_now,
    ]
}
