//! Somebody who reaches out.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use harborline_proto::common::v1::{CallerKind as Kind, Channel};
use harborline_proto::intake::v1 as pb;
use harborline_types::wire;
use tonic::Status;

use super::scenario::{AsqScript, AsqWord, CallerScript};
use super::setup::callback_number;
use super::view::Event;
use super::world::{Opened, World, request_id};
use crate::clients::{Clients, calling, unanswered};

/// Reaches out at the time the scenario says, and waits until it has ended.
pub(super) async fn call(world: Arc<World>, clients: Clients, script: usize) {
    let Some(caller) = world.scenario.contacts.get(script) else { return };
    if !world.pass_until(world.begins_at + caller.at).await {
        return;
    }
    let has_left = reach_out(&world, &clients, script, opening(&world, caller, script), caller.patience).await;
    let Some(back_after) = caller.back_after.filter(|_| has_left) else { return };
    if world.pass(back_after).await {
        let again =
            pb::OpenContactRequest { signals: Vec::new(), self_screening: None, ..opening(&world, caller, script) };
        reach_out(&world, &clients, script, again, None).await;
    }
}

/// Opens a contact and stays in it to its end. Answers whether the patience was over before anybody answered.
async fn reach_out(
    world: &World,
    clients: &Clients,
    script: usize,
    request: pb::OpenContactRequest,
    patience: Option<Duration>,
) -> bool {
    let Some(caller) = world.scenario.contacts.get(script) else { return false };
    let at = SystemTime::now();
    let opened = world.mutate("OpenContact", calling!(clients.contacts, open_contact, request)).await;
    let contact = match opened {
        Ok(answer) => answer.contact.unwrap_or_default(),
        Err(status) => {
            world.view.say(&format!("line {}: OpenContact is refused: {}", caller.line, status.message()));
            return false;
        }
    };
    world.record_opened(Opened { contact_id: contact.contact_id.clone(), script, at });
    world.view.event(Event::Opened { contact_id: &contact.contact_id });
    wait(world, clients, &contact.contact_id, patience, caller.hangs_up).await
}

/// Watches the contact to its end; leaves when the patience is over and nobody has answered, and answers whether it was.
async fn wait(world: &World, clients: &Clients, contact_id: &str, patience: Option<Duration>, hangs_up: bool) -> bool {
    let patience = patience.map(|patience| Instant::now() + patience);
    let (mut cursor, mut answered, mut left, mut transferred) = (String::new(), false, false, false);
    while !world.over.is_cancelled() {
        let request = pb::WatchContactRequest { contact_id: contact_id.to_owned(), cursor: cursor.clone() };
        let mut stream = match clients.contacts.clone().watch_contact(request).await {
            Ok(stream) => stream.into_inner(),
            Err(status) if unanswered(&status) => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
            Err(status) => {
                world.view.say(&format!("WatchContact is refused: {}", status.message()));
                return left;
            }
        };
        loop {
            let leave = async {
                match patience {
                    Some(at) if !answered && !left => tokio::time::sleep_until(at.into()).await,
                    _ => std::future::pending().await,
                }
            };
            let update = tokio::select! {
                update = stream.message() => update,
                () = leave => { left = true; leave_contact(world, clients, contact_id).await; continue }
                () = world.over.cancelled() => return left,
            };
            let Ok(Some(update)) = update else { break };
            cursor = update.cursor;
            let contact = update.contact.unwrap_or_default();
            if is_to_be_transferred(&contact) && !transferred {
                transferred = true;
                confirm_hand_off(world, clients, contact_id).await;
            }
            if contact.state() == pb::ContactState::Answered && !answered {
                answered = true;
                world.view.event(Event::Answered { contact_id });
                if hangs_up {
                    leave_contact(world, clients, contact_id).await;
                }
            }
            if is_over(contact.state()) {
                world.view.event(Event::Ended { contact_id });
                return left && !answered;
            }
        }
    }
    left
}

/// Whether nothing follows this state.
pub(super) fn is_over(state: pb::ContactState) -> bool {
    matches!(state, pb::ContactState::Closed | pb::ContactState::Left | pb::ContactState::HandedOff)
}

/// Whether the front end lets the backup line ring for a caller on the phone. Others are shown its number.
fn is_to_be_transferred(contact: &pb::Contact) -> bool {
    let waits = matches!(contact.state(), pb::ContactState::Received | pb::ContactState::Waiting);
    waits && contact.backup_offered_at.is_some() && contact.channel() == Channel::Phone
}

/// The backup line has the caller.
async fn confirm_hand_off(world: &World, clients: &Clients, contact_id: &str) {
    let request = pb::ConfirmHandOffRequest { request_id: request_id(), contact_id: contact_id.to_owned() };
    let _: Result<pb::ConfirmHandOffResponse, Status> =
        world.mutate("ConfirmHandOff", calling!(clients.contacts, confirm_hand_off, request)).await;
}

async fn leave_contact(world: &World, clients: &Clients, contact_id: &str) {
    let request = pb::LeaveContactRequest { request_id: request_id(), contact_id: contact_id.to_owned(), channel: 0 };
    let _: Result<pb::LeaveContactResponse, Status> =
        world.mutate("LeaveContact", calling!(clients.contacts, leave_contact, request)).await;
}

fn opening(world: &World, caller: &CallerScript, script: usize) -> pb::OpenContactRequest {
    let participant = caller.participant.and_then(|index| world.participants.get(index)).cloned();
    let kind = wire::number(caller.caller);
    pb::OpenContactRequest {
        request_id: request_id(),
        channel: wire::number(caller.channel),
        caller: kind,
        // Somebody unknown is not known, whatever the scenario says about them.
        participant_id: participant.filter(|_| kind != i32::from(Kind::Unknown)).unwrap_or_default(),
        language: caller.language.clone(),
        jurisdiction: caller.jurisdiction.clone(),
        callback_number: if caller.callback { callback_number(10_000 + script) } else { String::new() },
        own_words: "synthetic words".to_owned(),
        signals: wire::numbers(&caller.signals),
        self_screening: caller.self_screening.as_ref().map(self_screening),
        call_back_rules: None,
    }
}

fn self_screening(script: &AsqScript) -> pb::SelfScreening {
    let answer = |word: AsqWord| match word {
        AsqWord::No => pb::AsqAnswer::No.into(),
        AsqWord::Yes => pb::AsqAnswer::Yes.into(),
        AsqWord::Refused => pb::AsqAnswer::Refused.into(),
    };
    pb::SelfScreening {
        wished_dead: answer(script.answers[0]),
        better_off_dead: answer(script.answers[1]),
        thoughts_past_week: answer(script.answers[2]),
        ever_tried: answer(script.answers[3]),
        thoughts_now: script.thoughts_now.map_or(0, answer),
    }
}
