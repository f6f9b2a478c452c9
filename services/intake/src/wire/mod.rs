//! Between the domain and the contracts.

pub(crate) mod break_glass;
pub(crate) mod caller;
pub(crate) mod consent;
pub(crate) mod decision;
pub(crate) mod details;
mod neighbors;
pub(crate) mod participant;
pub(crate) mod program_rule;
pub(crate) mod safety_plan;
pub(crate) mod support_person;

use harborline_proto::{common::v1 as common, intake::v1 as pb, triage::v1 as triage};
use harborline_status::{Fields, Ignored, Said};
use harborline_store::etag;
use harborline_types::wire::{number, numbers, timestamp};
use harborline_types::{Acuity, Person, PersonId, wire_enum};

use crate::domain::assessment::Assessment;
use crate::domain::care::{CareBrief, Part2End, Program};
use crate::domain::contact::{Contact, ContactState, Direction, Outcome};
use crate::domain::custody::{Interval, OwnerRole};
use crate::domain::facts::{AsqAnswer, CallBackRules, SelfScreening};

wire_enum!(ContactState, pb::ContactState { Received, Waiting, Answered, Closed, Left, HandedOff });
wire_enum!(Direction, pb::Direction { Inbound, Outbound });
wire_enum!(Outcome, pb::Outcome { Resolved, Referred, Rescued, Disconnected, Reached, NotReached, Declined });
wire_enum!(
    OwnerRole,
    pb::OwnerRole { SupervisorOnCall, Counselor, Clinic, ResponsibleClinician, BackupLine, ClinicalDirector, Nobody }
);
wire_enum!(AsqAnswer, pb::AsqAnswer { No, Yes, Refused });

/// A contact as everybody may see it: nothing that the caller said.
pub(crate) fn contact(contact: &Contact) -> pb::Contact {
    let follow_up = contact.follow_up;
    pb::Contact {
        contact_id: contact.id.to_string(),
        state: number(contact.state),
        direction: number(contact.direction()),
        channel: number(contact.channel),
        caller: number(contact.caller),
        participant_id: contact.participant.map(|id| id.to_string()).unwrap_or_default(),
        language: contact.language.clone(),
        jurisdiction: contact.jurisdiction.clone().unwrap_or_default(),
        assessment: Some(assessment(contact)),
        completed_duties: numbers(&contact.completed_duties),
        counselor: contact.counselor.clone().map(pb::Person::from),
        outcome: contact.outcome.map_or(0, number),
        opened_at: Some(timestamp(contact.opened_at)),
        answered_at: contact.answered_at.map(timestamp),
        ended_at: contact.ended_at.map(timestamp),
        origin_contact_id: contact.origin().map(|origin| origin.to_string()).unwrap_or_default(),
        follow_up_plan_id: follow_up.map(|follow_up| follow_up.plan.to_string()).unwrap_or_default(),
        follow_up_attempt: follow_up.map_or(0, |follow_up| follow_up.attempt),
        revision: contact.revision,
        assignments: contact.assignment,
        backup_offered_at: contact.backup_offered_at.map(timestamp),
        caller_left_at: contact.caller_left_at.map(timestamp),
        call_back_rules: follow_up.map(|_| call_back_rules(contact.call_back_rules)),
        openings: contact.openings,
        last_opened_at: Some(timestamp(contact.last_opened_at)),
        channels: numbers(&contact.channels),
        linked_contact_ids: contact.linked.iter().map(ToString::to_string).collect(),
    }
}

fn call_back_rules(rules: CallBackRules) -> pb::CallBackRules {
    pb::CallBackRules { voicemail_is_safe: rules.voicemail, naming_the_program_is_safe: rules.naming_the_program }
}

/// What the caller said is safe.
pub(crate) fn read_call_back_rules(wire: &pb::CallBackRules) -> CallBackRules {
    CallBackRules { voicemail: wire.voicemail_is_safe, naming_the_program: wire.naming_the_program_is_safe }
}

fn assessment(contact: &Contact) -> common::Assessment {
    let assessment = &contact.assessment;
    common::Assessment {
        assessment_id: assessment.id.map(|id| id.to_string()).unwrap_or_default(),
        contact_id: contact.id.to_string(),
        acuity: number(assessment.acuity),
        reasons: assessment.reasons.clone(),
        need: Some(assessment.need.clone().into()),
        closing_duties: numbers(&contact.closing_duties()),
        protocol: assessment.protocol.clone(),
        assessed_at: Some(timestamp(assessment.assessed_at)),
        sequence: assessment.sequence,
    }
}

/// Reads an assessment of triage, naming every wrong field under `assessment`.
pub(crate) fn read_assessment(fields: &mut Fields, wire: Option<&common::Assessment>) -> Option<Assessment> {
    let wire = fields.message("assessment", wire);
    let id = fields.id("assessment.assessment_id", &wire.assessment_id);
    let acuity = fields.word::<Acuity>("assessment.acuity", wire.acuity);
    let reasons = fields.texts("assessment.reasons", &wire.reasons, 50, 1..=200);
    let closing_duties = fields.words("assessment.closing_duties", &wire.closing_duties);
    let protocol = fields.text("assessment.protocol", &wire.protocol, 1..=200);
    let assessed_at = fields.instant("assessment.assessed_at", wire.assessed_at.as_ref());
    let need = fields.need("assessment.need", wire.need.as_ref());
    if wire.sequence < 1 {
        fields.fault("assessment.sequence", "must be at least 1");
    }
    Some(Assessment {
        id: Some(id?),
        acuity: acuity?,
        reasons: reasons?,
        need: need?,
        closing_duties: closing_duties?,
        protocol: protocol?,
        assessed_at: assessed_at?,
        sequence: wire.sequence,
    })
}

/// Reads a required person, naming every wrong field under `field`.
pub(crate) fn read_person(fields: &mut Fields, field: &str, wire: Option<&pb::Person>) -> Option<Person> {
    let wire = fields.message(field, wire);
    let id: Option<PersonId> = fields.person_id(&format!("{field}.person_id"), &wire.person_id);
    let name = fields.text(&format!("{field}.name"), &wire.name, 1..=200);
    Some(Person { id: id?, name: name? })
}

/// A program as its people see it, with the version of what they edit: the supervisor on call changes by itself.
pub(crate) fn program(program: &Program) -> pb::Program {
    let edited = pb::Program { supervisor_on_call: None, ..program_of(program) };
    pb::Program { etag: etag(&edited), ..program_of(program) }
}

fn program_of(program: &Program) -> pb::Program {
    let supervisor = program.supervisor.as_ref().unwrap_or(&program.clinical_director);
    pb::Program {
        program_id: program.id.to_string(),
        name: program.name.clone(),
        clinical_director: Some(program.clinical_director.clone().into()),
        backup_line: program.backup_line.clone(),
        supervisor_on_call: Some(supervisor.clone().into()),
        part2_program: program.is_part2,
        backup_text_line: program.backup_text_line.clone().unwrap_or_default(),
        same_caller_within: program.same_caller_within.to_std().ok().and_then(|within| within.try_into().ok()),
        etag: String::new(),
    }
}

/// The end of a program's protection.
pub(crate) fn part2_end(end: Part2End) -> pb::Part2End {
    pb::Part2End { ended_at: Some(timestamp(end.at)), ended_by: Some(end.by.into()), reason: end.reason.into_exposed() }
}

/// One owner's time.
pub(crate) fn custody(interval: Interval) -> pb::Custody {
    let is_somebodys = interval.owner.role != OwnerRole::Nobody;
    pb::Custody {
        sequence: interval.sequence,
        role: number(interval.owner.role),
        owner: is_somebodys.then_some(pb::Person { person_id: interval.owner.id, name: interval.owner.name }),
        since: Some(timestamp(interval.since)),
        until: interval.until.map(timestamp),
    }
}

/// What a counselor must know before the first word.
pub(crate) fn care_brief(brief: CareBrief) -> pb::CareBrief {
    let CareBrief { goals, challenges, program_rules } = brief;
    pb::CareBrief { goals, challenges, program_rules }
}

/// The caller's answers as triage takes them.
pub(crate) fn asq(screening: &SelfScreening) -> triage::AsqAnswers {
    // Both contracts number the answers alike.
    let answer = |answer: Option<AsqAnswer>| answer.map_or(0, number);
    triage::AsqAnswers {
        wished_dead: answer(screening.wished_dead),
        better_off_dead: answer(screening.better_off_dead),
        thoughts_past_week: answer(screening.thoughts_past_week),
        ever_tried: answer(screening.ever_tried),
        thoughts_now: answer(screening.thoughts_now),
    }
}

/// The caller's answers as the front end sent them: numbers of a newer version are as if not given.
pub(crate) fn read_self_screening(said: &mut Said, wire: &pb::SelfScreening) -> SelfScreening {
    let mut answer = |field: &str, wire: i32| said.word(&format!("self_screening.{field}"), wire);
    SelfScreening {
        wished_dead: answer("wished_dead", wire.wished_dead),
        better_off_dead: answer("better_off_dead", wire.better_off_dead),
        thoughts_past_week: answer("thoughts_past_week", wire.thoughts_past_week),
        ever_tried: answer("ever_tried", wire.ever_tried),
        thoughts_now: answer("thoughts_now", wire.thoughts_now),
    }
}

/// What was not taken as the front end sent it.
pub(crate) fn ignored(ignored: &[Ignored]) -> Vec<pb::IgnoredField> {
    let field = |one: &Ignored| pb::IgnoredField { field: one.field.clone(), what_was_done: one.done.to_owned() };
    ignored.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_contracts_number_the_answers_alike() {
        for answer in AsqAnswer::ALL {
            let ours = pb::AsqAnswer::try_from(number(*answer)).unwrap().as_str_name();
            let theirs = triage::AsqAnswer::try_from(number(*answer)).unwrap().as_str_name();
            assert_eq!(ours, theirs);
        }
    }
}
