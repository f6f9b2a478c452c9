//! How a contact lies in its row.

use harborline_types::{
    Acuity, AssessmentId, CallerKind, Channel, ClosingDuty, ContactId, CounselorKind, Need, ParticipantId, PersonId,
    Phi, PlanId, Signal, Timestamp,
};
use sqlx::FromRow;

use super::program::person;
use crate::domain::assessment::Assessment;
use crate::domain::contact::{Contact, ContactState, FollowUp, Outcome, Requested};
use crate::domain::facts::{AsqAnswer, Facts, SelfScreening};

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
    reasons: Vec<String>,
    need_channel: Channel,
    need_at_least: Option<CounselorKind>,
    need_language: String,
    need_jurisdiction: Option<String>,
    need_skills: Vec<String>,
    closing_duties: Vec<ClosingDuty>,
    protocol: String,
    assessed_at: Timestamp,
    assessment_sequence: i64,
    completed_duties: Vec<ClosingDuty>,
    counselor_id: Option<PersonId>,
    counselor_name: Option<String>,
    assignment: i32,
    requested_acuity: Option<Acuity>,
    requested_sequence: Option<i64>,
    outcome: Option<Outcome>,
    opened_at: Timestamp,
    answered_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    origin_contact_id: Option<ContactId>,
    follow_up_plan_id: Option<PlanId>,
    follow_up_attempt: Option<i32>,
    revision: i64,
}

impl From<ContactRow> for Contact {
    fn from(row: ContactRow) -> Self {
        let need = Need {
            channel: row.need_channel,
            at_least: row.need_at_least,
            language: row.need_language,
            jurisdiction: row.need_jurisdiction,
            skills: row.need_skills,
        };
        let assessment = Assessment {
            id: row.assessment_id,
            acuity: row.acuity,
            reasons: row.reasons,
            need,
            closing_duties: row.closing_duties,
            protocol: row.protocol,
            assessed_at: row.assessed_at,
            sequence: row.assessment_sequence,
        };
        Self {
            id: row.contact_id,
            state: row.state,
            channel: row.channel,
            caller: row.caller,
            participant: row.participant_id,
            language: row.language,
            jurisdiction: row.jurisdiction,
            assessment,
            completed_duties: row.completed_duties,
            counselor: person(row.counselor_id, row.counselor_name),
            assignment: row.assignment,
            requested: requested(row.requested_acuity, row.requested_sequence),
            outcome: row.outcome,
            opened_at: row.opened_at,
            answered_at: row.answered_at,
            ended_at: row.ended_at,
            follow_up: follow_up(row.origin_contact_id, row.follow_up_plan_id, row.follow_up_attempt),
            revision: row.revision,
        }
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
    signals: Vec<Signal>,
    self_screening: Option<Vec<String>>,
    callback_number: Option<Phi<String>>,
    own_words: Option<Phi<String>>,
}

impl From<FactsRow> for Facts {
    fn from(row: FactsRow) -> Self {
        Self {
            signals: row.signals,
            self_screening: row.self_screening.map(|answers| screening(&answers)),
            callback_number: row.callback_number,
            own_words: row.own_words,
        }
    }
}

fn screening(answers: &[String]) -> SelfScreening {
    let answer = |index: usize| -> Option<AsqAnswer> { answers.get(index)?.parse().ok() };
    SelfScreening {
        wished_dead: answer(0),
        better_off_dead: answer(1),
        thoughts_past_week: answer(2),
        ever_tried: answer(3),
        thoughts_now: answer(4),
    }
}

/// The five answers as the row keeps them.
pub(super) fn answers(screening: &SelfScreening) -> Vec<&'static str> {
    [
        screening.wished_dead,
        screening.better_off_dead,
        screening.thoughts_past_week,
        screening.ever_tried,
        screening.thoughts_now,
    ]
    .map(|answer| answer.map_or("", AsqAnswer::as_str))
    .to_vec()
}
