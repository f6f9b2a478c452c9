//! Before the night: the program, its pool, counselors, participants and clinics.

use chrono::TimeDelta;
use harborline_identity::Role;
use harborline_proto::{availability::v1 as availability, intake::v1 as intake, referral::v1 as referral};
use harborline_types::{CallerKind, Channel, Clock, CounselorKind, Timestamp, wire};
use tonic::Status;
use uuid::Uuid;

use super::scenario::{CallerScript, ClinicScript, CounselorScript, ResponseTimes, Scenario, StatusWord};
use super::world::request_id;
use crate::clients::{Clients, calling, patiently};
use crate::mesh::Mesh;

/// The people of the night, as the services know them.
pub(super) struct People {
    pub(super) participants: Vec<String>,
    pub(super) facilities: Vec<Uuid>,
}

/// Sets the program up as its administrator would.
///
/// # Errors
/// When a service refuses something.
pub(super) async fn set_up(mesh: &Mesh, scenario: &Scenario, clock: &Clock) -> anyhow::Result<People> {
    let admin = Clients::of(mesh, "administrator", &[Role::Administrator], None)?;
    put_program(&admin).await?;
    put_pool(&admin, &scenario.response_times).await?;
    // One instant for all: counselors of equal scripts are equal on the roster.
    let now = clock.now();
    for counselor in &scenario.counselors {
        put_counselor(&admin, counselor, now).await?;
    }
    take_over_rule(&admin, "dbt-24-hours").await?;
    let mut facilities = Vec::new();
    for clinic in &scenario.clinics {
        facilities.push(put_facility(&admin, clinic).await?);
    }
    let mut participants = Vec::new();
    for index in 0..scenario.participants.len() {
        let participant_id = enroll(&admin, scenario, index).await?;
        if scenario.contacts.iter().any(|contact| is_family_of(contact, index)) {
            add_support_person(&admin, &participant_id, index).await?;
        }
        set_status(&admin, &participant_id, scenario.participants[index].status).await?;
        participants.push(participant_id);
    }
    Ok(People { participants, facilities })
}

async fn put_program(admin: &Clients) -> Result<(), Status> {
    let program = intake::PutProgramRequest {
        request_id: request_id(),
        name: "Night program".to_owned(),
        clinical_director: Some(person("director", "Clinical director")),
        backup_line: "988".to_owned(),
        part2_program: None,
        etag: String::new(),
        backup_text_line: String::new(),
        same_caller_within: None,
    };
    patiently(calling!(admin.programs, put_program, program)).await?;
    // The roster must know whom it names. Never at a stream, so that nobody is offered anything.
    let known = availability::Counselor {
        counselor_id: "supervisor".to_owned(),
        name: "Supervisor on call".to_owned(),
        kind: wire::number(CounselorKind::LicensedClinician),
        languages: vec!["en".to_owned()],
        channels: wire::numbers(&[Channel::Phone]),
        message_capacity: 1,
        ..availability::Counselor::default()
    };
    let known = availability::PutCounselorRequest { request_id: request_id(), counselor: Some(known) };
    patiently(calling!(admin.roster, put_counselor, known)).await?;
    let supervisor = availability::PutSupervisorOnCallRequest {
        request_id: request_id(),
        supervisor_id: "supervisor".to_owned(),
        name: "Supervisor on call".to_owned(),
    };
    patiently(calling!(admin.roster, put_supervisor_on_call, supervisor)).await?;
    Ok(())
}

async fn put_pool(admin: &Clients, times: &ResponseTimes) -> Result<(), Status> {
    let duration = |time: std::time::Duration| prost_types::Duration::try_from(time).unwrap_or_default();
    let pool = availability::PutPoolRequest {
        request_id: request_id(),
        response_times: Some(availability::ResponseTimes {
            urgent_offer_timeout: Some(duration(times.urgent_offer_timeout)),
            offer_timeout: Some(duration(times.offer_timeout)),
            widen_after: times.widen_after.iter().copied().map(duration).collect(),
            page_after: Some(duration(times.page_after)),
            backup_after: Some(duration(times.backup_after)),
            presence_grace: Some(duration(times.presence_grace)),
            age_after: None,
            // As configured.
            emergency_offers: 0,
        }),
        fatigue_rules: None,
        etag: String::new(),
    };
    patiently(calling!(admin.roster, put_pool, pool)).await?;
    Ok(())
}

async fn put_counselor(admin: &Clients, script: &CounselorScript, now: Timestamp) -> Result<(), Status> {
    let (from, until) = (now - TimeDelta::days(365), now + TimeDelta::days(365));
    let credential = |jurisdiction: &String| availability::Credential {
        r#type: "LPC".to_owned(),
        jurisdiction: jurisdiction.clone(),
        valid_from: Some(wire::timestamp(from)),
        valid_until: Some(wire::timestamp(until)),
        number: String::new(),
    };
    let counselor = availability::Counselor {
        counselor_id: script.name.clone(),
        name: script.name.clone(),
        kind: wire::number(script.kind),
        credentials: script.jurisdictions.iter().map(credential).collect(),
        skills: script.skills.clone(),
        languages: script.languages.clone(),
        channels: wire::numbers(&script.channels),
        message_capacity: script.message_capacity,
        ..availability::Counselor::default()
    };
    let request = availability::PutCounselorRequest { request_id: request_id(), counselor: Some(counselor) };
    patiently(calling!(admin.roster, put_counselor, request)).await?;
    Ok(())
}

async fn put_facility(admin: &Clients, script: &ClinicScript) -> Result<Uuid, Status> {
    let id = Uuid::now_v7();
    let facility = referral::Facility {
        facility_id: id.to_string(),
        name: script.name.clone(),
        services: script.services.iter().map(|service| service_kind(service)).collect(),
        jurisdictions: script.jurisdictions.clone(),
        rank: script.rank,
        accepting: true,
        etag: String::new(),
    };
    let request = referral::PutFacilityRequest { request_id: request_id(), facility: Some(facility) };
    patiently(calling!(admin.referrals, put_facility, request)).await?;
    Ok(id)
}

/// The contract's number of a service that a scenario names.
pub(super) fn service_kind(word: &str) -> i32 {
    let name = format!("SERVICE_KIND_{}", word.to_uppercase());
    referral::ServiceKind::from_str_name(&name).unwrap_or_default().into()
}

async fn enroll(admin: &Clients, scenario: &Scenario, index: usize) -> Result<String, Status> {
    let script = &scenario.participants[index];
    let request = intake::EnrollParticipantRequest {
        request_id: request_id(),
        name: script.name.clone(),
        dedicated_number: callback_number(index),
        verification_phrase: phrase(index),
        language: script.language.clone(),
        jurisdiction: script.jurisdiction.clone(),
        responsible_clinician: Some(person("clinician", "Responsible clinician")),
        care_brief: Some(intake::CareBrief {
            goals: vec!["a week without use".to_owned()],
            challenges: vec!["evenings alone".to_owned()],
            program_rules: vec!["ask about sleep first".to_owned()],
        }),
        profile: Some(profile(index)),
        safety_plan: safety_plan(),
    };
    Ok(patiently(calling!(admin.programs, enroll_participant, request)).await?.participant_id)
}

fn is_family_of(contact: &CallerScript, index: usize) -> bool {
    contact.caller == CallerKind::FamilyMember && contact.participant == Some(index)
}

/// A parent who may be called, and who has a phrase of their own.
async fn add_support_person(admin: &Clients, participant_id: &str, index: usize) -> Result<(), Status> {
    let details = intake::SupportPersonDetails {
        name: format!("Parent of synthetic {index}"),
        relationship: intake::Relationship::Parent.into(),
        contact_rule: intake::ContactRule::MayBeContacted.into(),
        ..intake::SupportPersonDetails::default()
    };
    let add = intake::AddSupportPersonRequest {
        request_id: request_id(),
        participant_id: participant_id.to_owned(),
        details: Some(details),
        verification_phrase: supporter_phrase(participant_id),
    };
    patiently(calling!(admin.support_persons, add_support_person, add)).await?;
    Ok(())
}

/// Takes a rule over that is shipped and does not hold by itself.
async fn take_over_rule(admin: &Clients, key: &str) -> Result<(), Status> {
    let list = intake::ListProgramRulesRequest::default();
    let rules = patiently(calling!(admin.program_rules, list_program_rules, list)).await?.rules;
    let shipped = rules.into_iter().find(|kept| kept.key == key).unwrap_or_default();
    let put = intake::PutProgramRuleRequest {
        request_id: request_id(),
        key: key.to_owned(),
        participant_id: String::new(),
        etag: shipped.etag,
        rule: shipped.rule,
    };
    patiently(calling!(admin.program_rules, put_program_rule, put)).await?;
    Ok(())
}

/// The phrase by which a support person of a participant is recognized.
pub(super) fn supporter_phrase(participant_id: &str) -> String {
    format!("synthetic phrase of a parent {participant_id}")
}

/// A word for each section.
fn safety_plan() -> Vec<intake::SafetyPlanDraft> {
    use intake::SafetyPlanSection::*;
    let draft = |(section, text): (intake::SafetyPlanSection, &str)| intake::SafetyPlanDraft {
        section: section.into(),
        words: Some(intake::SafetyPlanWords { text: text.to_owned(), ..intake::SafetyPlanWords::default() }),
    };
    let plan = [
        (WarningSigns, "not sleeping"),
        (OwnCoping, "a walk"),
        (PeopleAndPlaces, "the library"),
        (PeopleToAsk, "a friend"),
        (Professionals, "the program"),
        (SaferEnvironment, "medicine locked away"),
    ];
    plan.into_iter().map(draft).collect()
}

/// The phrase by which a participant is recognized.
pub(super) fn phrase(index: usize) -> String {
    format!("synthetic phrase {index}")
}

/// Lets a participant stand in the program where the scenario says.
async fn set_status(admin: &Clients, participant_id: &str, status: StatusWord) -> Result<(), Status> {
    let status = match status {
        StatusWord::Active => return Ok(()),
        StatusWord::OnLeave => intake::ParticipantStatus::OnLeave,
        StatusWord::Discharged => intake::ParticipantStatus::Discharged,
    };
    let participant_id = participant_id.to_owned();
    let known = intake::GetParticipantRequest { participant_id: participant_id.clone() };
    let known = patiently(calling!(admin.participants, get_participant, known)).await?.participant;
    let (status, etag) = (status.into(), known.unwrap_or_default().etag);
    let change = intake::ChangeParticipantStatusRequest { request_id: request_id(), participant_id, status, etag };
    patiently(calling!(admin.participants, change_participant_status, change)).await?;
    Ok(())
}

/// What the program knows of a participant as a person.
fn profile(index: usize) -> intake::ParticipantProfile {
    let evenings = intake::SafeTime { days: Vec::new(), starts: "18:00".to_owned(), ends: "22:00".to_owned() };
    let safe = intake::SafeNumber { phone_number: callback_number(index), times: vec![evenings], ..Default::default() };
    intake::ParticipantProfile {
        name_to_use: format!("Synthetic {index}"),
        birth_date: "1990-05-17".to_owned(),
        legal_status: intake::LegalStatus::Adult.into(),
        time_zone: "America/New_York".to_owned(),
        safe_numbers: vec![safe],
        ..intake::ParticipantProfile::default()
    }
}

/// A number of the range that is kept free for fiction.
pub(super) fn callback_number(index: usize) -> String {
    format!("+1555{:07}", 100_000 + index)
}

fn person(id: &str, name: &str) -> intake::Person {
    intake::Person { person_id: id.to_owned(), name: name.to_owned() }
}
