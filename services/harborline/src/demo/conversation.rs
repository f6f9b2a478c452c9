//! One conversation, from the counselor's side.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use harborline_proto::common::v1::{CallerKind as WireCaller, ClosingDuty};
use harborline_proto::{intake::v1 as pb, referral::v1 as referral, triage::v1 as triage};
use harborline_status::{Reason, reason_of};
use harborline_types::CallerKind;
use harborline_types::wire::number;
use tokio::sync::mpsc;
use tonic::Status;

use super::caller::is_over;
use super::evidence::chain_of;
use super::family;
use super::safety_plan::write_together;
use super::scenario::{AsqScript, AsqWord, CallerScript};
use super::setup::{callback_number, phrase, service_kind};
use super::world::{World, request_id};
use crate::clients::{Clients, calling, patiently, unanswered};

/// So often a counselor asks for a contact that intake does not know to be theirs, or tries to close one that does not know
/// yet what triage knows.
const REFUSALS: u32 = 100;
/// How long after the end a screening is put on record late.
const LATE: TimeDelta = TimeDelta::minutes(10);
/// How long an attempt lasts that reaches nobody.
const RINGING: TimeDelta = TimeDelta::minutes(2);
/// How long a follow-up lasts that reaches somebody.
const FOLLOW_UP_TALK: TimeDelta = TimeDelta::minutes(8);

/// Converses until the contact is closed. `breaks` lets the counselor's connection break in the middle; it also breaks
/// after a caller has hung up, where the scenario says so.
pub(super) async fn converse(
    world: Arc<World>,
    clients: Clients,
    contact_id: String,
    breaks: bool,
    break_off: mpsc::Sender<()>,
) {
    let Some(contact) = answered(&world, &clients, &contact_id).await else { return };
    let outbound = contact.direction() == pb::Direction::Outbound;
    let origin = if outbound { chain_of(&contact) } else { &contact_id };
    let script = world.script(origin);
    if !contact.participant_id.is_empty() {
        look_up(&world, &clients, &contact_id, &contact.participant_id).await;
        if !outbound && contact.caller() == WireCaller::FamilyMember {
            family::recognize(&world, &clients, &contact_id, &contact.participant_id).await;
        }
        if !outbound && script.is_some_and(|script| script.writes_safety_plan) {
            write_together(&world, &clients, &contact.participant_id).await;
        }
    } else if let Some(index) = script.and_then(|script| script.turns_out_to_be).filter(|_| !outbound) {
        identify(&world, &clients, &contact_id, index).await;
    }
    let reached = script.is_none_or(|script| {
        script.reached_on_attempt > 0 && i64::from(contact.follow_up_attempt) >= i64::from(script.reached_on_attempt)
    });
    let (talk, outcome) = match (outbound, reached) {
        (true, false) => (RINGING, pb::Outcome::NotReached),
        (true, true) => (FOLLOW_UP_TALK, pb::Outcome::Reached),
        (false, _) => (script.map_or(FOLLOW_UP_TALK, |script| script.talk), inbound_outcome(script)),
    };
    let hangs_up = !outbound && script.is_some_and(|script| script.hangs_up);
    if hangs_up {
        caller_left(&world, &clients, &contact_id).await;
    }
    if !world.pass(talk / 2).await {
        return;
    }
    if breaks || hangs_up {
        let _ = break_off.send(()).await;
        return;
    }
    if let (false, Some(script)) = (outbound, script) {
        screen_and_refer(&world, &clients, &contact, script).await;
    }
    if !world.pass(talk / 2).await || !close(&world, &clients, &contact_id, outcome).await {
        return;
    }
    let late = script.filter(|_| !outbound).and_then(|script| script.late_screening.as_ref());
    if let Some(late) = late
        && world.pass(LATE).await
    {
        screen(&world, &clients, &contact_id, late).await;
    }
}

/// Reads what must be known before the first word.
async fn look_up(world: &World, clients: &Clients, contact_id: &str, participant_id: &str) {
    let brief = pb::GetCareBriefRequest { participant_id: participant_id.to_owned() };
    let _ = patiently(calling!(clients.programs, get_care_brief, brief)).await;
    let person = pb::GetParticipantRequest { participant_id: participant_id.to_owned() };
    let _ = patiently(calling!(clients.participants, get_participant, person)).await;
    let rules = pb::ListFiredRulesRequest { contact_id: contact_id.to_owned() };
    if let Ok(fired) = patiently(calling!(clients.program_rules, list_fired_rules, rules)).await {
        world.rules_were_shown(contact_id, fired.rules.into_iter().map(|rule| rule.key).collect());
    }
}

/// Asks an unknown caller for the phrase, and says who it is.
async fn identify(world: &World, clients: &Clients, contact_id: &str, index: usize) {
    let verify = pb::VerifyCallerRequest {
        request_id: request_id(),
        contact_id: contact_id.to_owned(),
        participant_id: String::new(),
        dedicated_number: callback_number(index),
        phrase: phrase(index),
        support_person_id: String::new(),
    };
    let verified = world.mutate("VerifyCaller", calling!(clients.callers, verify_caller, verify)).await;
    let Ok(verified) = verified.inspect_err(|status| world.view.say(&refusal("VerifyCaller", status))) else { return };
    let identify = pb::IdentifyCallerRequest {
        request_id: request_id(),
        contact_id: contact_id.to_owned(),
        participant_id: verified.participant_id.clone(),
        caller: number(CallerKind::Participant),
        basis: pb::IdentificationBasis::Phrase.into(),
        support_person_id: String::new(),
    };
    let identified = world.mutate("IdentifyCaller", calling!(clients.callers, identify_caller, identify)).await;
    note_refusal(world, "IdentifyCaller", identified);
    look_up(world, clients, contact_id, &verified.participant_id).await;
}

/// Waits until the caller has left.
async fn caller_left(world: &World, clients: &Clients, contact_id: &str) {
    while !world.over.is_cancelled() {
        let get = pb::GetContactRequest { contact_id: contact_id.to_owned() };
        let Ok(answer) = patiently(calling!(clients.contacts, get_contact, get)).await else { return };
        let contact = answer.contact.unwrap_or_default();
        if contact.caller_left_at.is_some() || is_over(contact.state()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn inbound_outcome(script: Option<&CallerScript>) -> pb::Outcome {
    match script.and_then(|script| script.refer_to.as_deref()) {
        Some("emergency_room" | "mobile_crisis") => pb::Outcome::Rescued,
        Some(_) => pb::Outcome::Referred,
        None => pb::Outcome::Resolved,
    }
}

/// Waits until intake knows that the contact is answered. None when it has ended before.
async fn answered(world: &World, clients: &Clients, contact_id: &str) -> Option<pb::Contact> {
    let request = pb::WatchContactRequest { contact_id: contact_id.to_owned(), cursor: String::new() };
    let mut refusals = 0;
    while !world.over.is_cancelled() {
        match clients.contacts.clone().watch_contact(request.clone()).await {
            Ok(stream) => {
                let mut stream = stream.into_inner();
                while let Ok(Some(update)) = stream.message().await {
                    let contact = update.contact.unwrap_or_default();
                    if contact.state() == pb::ContactState::Answered {
                        return Some(contact);
                    }
                    if is_over(contact.state()) {
                        return None;
                    }
                }
            }
            Err(status) if unanswered(&status) => {}
            // Intake has not learned yet that the contact is this counselor's, or it is somebody else's by now.
            Err(status) if reason_of(&status) == Some(Reason::CallerNotAllowed) && refusals < REFUSALS => refusals += 1,
            Err(_) => return None,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    None
}

async fn screen_and_refer(world: &World, clients: &Clients, contact: &pb::Contact, script: &CallerScript) {
    if let Some(asq) = &script.screening {
        screen(world, clients, &contact.contact_id, asq).await;
    }
    if let Some(judged) = script.judged {
        let request = triage::JudgeAcuityRequest {
            request_id: request_id(),
            contact_id: contact.contact_id.clone(),
            acuity: number(judged),
            reason: "synthetic reason".to_owned(),
        };
        let judged = world.mutate("JudgeAcuity", calling!(clients.triage, judge_acuity, request)).await;
        note_refusal(world, "JudgeAcuity", judged);
    }
    if let Some(service) = &script.refer_to {
        let request = referral::CreateReferralRequest {
            request_id: request_id(),
            contact_id: contact.contact_id.clone(),
            service: service_kind(service),
            jurisdiction: contact.jurisdiction.clone(),
            summary: "synthetic summary".to_owned(),
            data_classes: Vec::new(),
        };
        let created = world.mutate("CreateReferral", calling!(clients.referrals, create_referral, request)).await;
        note_refusal(world, "CreateReferral", created);
    }
}

async fn screen(world: &World, clients: &Clients, contact_id: &str, asq: &AsqScript) {
    let (request_id, contact_id) = (request_id(), contact_id.to_owned());
    let request = triage::RecordScreeningRequest { request_id, contact_id, asq: Some(answers(asq)) };
    let recorded = world.mutate("RecordScreening", calling!(clients.triage, record_screening, request)).await;
    note_refusal(world, "RecordScreening", recorded);
}

fn note_refusal<A>(world: &World, what: &str, answer: Result<A, Status>) {
    if let Err(status) = answer {
        world.view.say(&refusal(what, &status));
    }
}

fn refusal(what: &str, status: &Status) -> String {
    format!("{what} is refused: {:?} {}", status.code(), status.message())
}

/// Does what the acuity asks for, then closes; again when a screening has raised it meanwhile. False when it is not closed.
async fn close(world: &World, clients: &Clients, contact_id: &str, outcome: pb::Outcome) -> bool {
    for _ in 0..REFUSALS {
        let get = pb::GetContactRequest { contact_id: contact_id.to_owned() };
        let Ok(answer) = patiently(calling!(clients.contacts, get_contact, get)).await else { return false };
        let get = triage::GetAssessmentRequest { contact_id: contact_id.to_owned() };
        let newest = clients.triage.clone().get_assessment(get).await.ok();
        let newest = newest.and_then(|newest| newest.into_inner().assessment);
        // Triage may know more than intake yet, and intake alone knows what program rules ask for.
        let known = answer.contact.and_then(|contact| contact.assessment);
        let mut duties = newest.map(|newest| newest.closing_duties).unwrap_or_default();
        duties.extend(known.map(|known| known.closing_duties).unwrap_or_default());
        // The screening is on record in triage, or it is not: nobody's word stands for it.
        duties.retain(|duty| *duty != i32::from(ClosingDuty::ScreenComplete));
        let complete = pb::CompleteClosingDutyRequest {
            request_id: request_id(),
            contact_id: contact_id.to_owned(),
            closing_duties: duties,
        };
        let _ = world.mutate("CompleteClosingDuty", calling!(clients.contacts, complete_closing_duty, complete)).await;
        let close = pb::CloseContactRequest {
            request_id: request_id(),
            contact_id: contact_id.to_owned(),
            outcome: outcome.into(),
            note: "synthetic note".to_owned(),
        };
        match world.mutate("CloseContact", calling!(clients.contacts, close_contact, close)).await {
            // Intake has not learned yet what the screening says, or it was learned in between.
            Err(status) if reason_of(&status) == Some(Reason::ClosingDutiesOpen) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(status) if !is_expected(&status) => {
                world.view.say(&format!("CloseContact is refused: {}", status.message()));
                return false;
            }
            Err(_) => return false,
            Ok(_) => return true,
        }
    }
    world.view.say(
        "CloseContact is refused again and again: duties are open that nobody may note, as a screen that was not made",
    );
    false
}

/// The contact went to somebody else, or was closed by the conversation's earlier self.
fn is_expected(status: &Status) -> bool {
    matches!(reason_of(status), Some(Reason::ContactEnded | Reason::CallerNotAllowed | Reason::ContactNotAnswered))
}

fn answers(script: &AsqScript) -> triage::AsqAnswers {
    let answer = |word: AsqWord| match word {
        AsqWord::No => triage::AsqAnswer::No.into(),
        AsqWord::Yes => triage::AsqAnswer::Yes.into(),
        AsqWord::Refused => triage::AsqAnswer::Refused.into(),
    };
    triage::AsqAnswers {
        wished_dead: answer(script.answers[0]),
        better_off_dead: answer(script.answers[1]),
        thoughts_past_week: answer(script.answers[2]),
        ever_tried: answer(script.answers[3]),
        thoughts_now: script.thoughts_now.map_or(0, answer),
    }
}
