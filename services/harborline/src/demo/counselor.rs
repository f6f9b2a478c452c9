//! A counselor on shift: attends, answers offers, converses, wraps up.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use harborline_proto::availability::v1 as pb;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tonic::Status;

use super::conversation::converse;
use super::scenario::CounselorScript;
use super::view::Event;
use super::world::{World, request_id};
use crate::clients::{Clients, calling, unanswered};

/// Works the shift that the scenario gives this counselor.
pub(super) async fn work(world: Arc<World>, clients: Clients, index: usize) {
    let Some(script) = world.scenario.counselors.get(index) else { return };
    let start = world.begins_at;
    if !world.pass_until(start + script.on_duty_from).await {
        return;
    }
    let mut shift =
        Shift { world: world.clone(), clients, index, offers: HashSet::new(), conversations: HashSet::new() };
    let mut leaving = script.on_duty_until.map(|until| {
        let (world, clients, until) = (world.clone(), shift.clients.clone(), start + until);
        tokio::spawn(async move {
            if world.pass_until(until).await {
                let request = pb::LeaveShiftRequest { request_id: request_id() };
                let _ = world.mutate("LeaveShift", calling!(clients.attend, leave_shift, request)).await;
            }
        })
    });
    while !world.over.is_cancelled() {
        world.view.event(Event::CounselorCame);
        let attended = shift.attend().await;
        world.view.event(Event::CounselorWent);
        if leaving.as_ref().is_some_and(tokio::task::JoinHandle::is_finished) && attended == Attended::ToTheEnd {
            return;
        }
        let pause = if attended == Attended::UntilBroken { script.back_after } else { Duration::from_millis(100) };
        tokio::time::sleep(pause).await;
    }
    if let Some(leaving) = leaving.take() {
        leaving.abort();
    }
}

/// How an Attend stream ended.
#[derive(PartialEq, Eq)]
enum Attended {
    /// The service ended it.
    ToTheEnd,
    /// The counselor's connection broke, as the scenario wants.
    UntilBroken,
    /// The service was not there, or went away.
    Unanswered,
}

struct Shift {
    world: Arc<World>,
    clients: Clients,
    index: usize,
    /// Offers met so far.
    offers: HashSet<String>,
    /// Conversations begun so far.
    conversations: HashSet<String>,
}

impl Shift {
    fn script(&self) -> &CounselorScript {
        &self.world.scenario.counselors[self.index]
    }

    /// Keeps one stream open. What runs beside it ends with it, as it would when a computer goes down.
    async fn attend(&mut self) -> Attended {
        let stream = self.clients.attend.clone().attend(pb::AttendRequest { cursor: String::new() }).await;
        let mut stream = match stream {
            Ok(stream) => stream.into_inner(),
            Err(status) => {
                if !unanswered(&status) {
                    self.world.view.say(&format!("Attend is refused: {}", status.message()));
                }
                return Attended::Unanswered;
            }
        };
        self.world.record_attended(&self.script().name);
        let mut beside = JoinSet::new();
        let mut underway = HashSet::new();
        let (break_off, mut broken) = mpsc::channel(1);
        loop {
            let update = tokio::select! {
                update = stream.message() => update,
                _ = broken.recv() => return Attended::UntilBroken,
                () = self.world.over.cancelled() => return Attended::ToTheEnd,
            };
            let update = match update {
                Ok(Some(update)) => update,
                Ok(None) => return self.let_finish(beside, Attended::ToTheEnd).await,
                Err(_) => return self.let_finish(beside, Attended::Unanswered).await,
            };
            for offer in update.offers {
                self.meet(offer, &mut beside);
            }
            for engagement in update.engagements {
                if engagement.wrapping_up {
                    beside.spawn(wrap_up(self.world.clone(), self.clients.clone(), engagement.contact_id));
                } else if underway.insert(engagement.contact_id.clone()) {
                    self.begin(engagement.contact_id, &mut beside, &break_off);
                }
            }
        }
    }

    /// A stream that the service ends does not end the conversations: they go on over intake.
    async fn let_finish(&self, mut beside: JoinSet<()>, attended: Attended) -> Attended {
        if attended == Attended::Unanswered {
            tokio::spawn(async move { while beside.join_next().await.is_some() {} });
        } else {
            while beside.join_next().await.is_some() {}
        }
        attended
    }

    /// Answers an offer that was not met before, as the scenario wants.
    fn meet(&mut self, offer: pb::Offer, beside: &mut JoinSet<()>) {
        if !self.offers.insert(offer.offer_id.clone()) {
            return;
        }
        let number = u32::try_from(self.offers.len()).unwrap_or(u32::MAX);
        if self.script().ignores.contains(&number) {
            return;
        }
        let declines = self.script().declines.contains(&number);
        beside.spawn(respond(
            self.world.clone(),
            self.clients.clone(),
            self.script().reaction,
            offer.offer_id,
            declines,
        ));
    }

    fn begin(&mut self, contact_id: String, beside: &mut JoinSet<()>, break_off: &mpsc::Sender<()>) {
        let is_new = self.conversations.insert(contact_id.clone());
        let number = u32::try_from(self.conversations.len()).unwrap_or(u32::MAX);
        let breaks = is_new && self.script().breaks_in.contains(&number);
        beside.spawn(converse(self.world.clone(), self.clients.clone(), contact_id, breaks, break_off.clone()));
    }
}

async fn respond(world: Arc<World>, clients: Clients, reaction: Duration, offer_id: String, declines: bool) {
    tokio::time::sleep(reaction).await;
    // An offer may have expired or been withdrawn meanwhile: then the stream says so, and nothing is lost.
    if declines {
        let reason = pb::DeclineReason::NeedsBreak.into();
        let request = pb::DeclineOfferRequest { request_id: request_id(), offer_id, reason };
        let _: Result<_, Status> = world.mutate("DeclineOffer", calling!(clients.attend, decline_offer, request)).await;
    } else {
        let request = pb::AcceptOfferRequest { request_id: request_id(), offer_id };
        let _: Result<_, Status> = world.mutate("AcceptOffer", calling!(clients.attend, accept_offer, request)).await;
    }
}

async fn wrap_up(world: Arc<World>, clients: Clients, contact_id: String) {
    let request = pb::FinishWrapUpRequest { request_id: request_id(), contact_id };
    let _: Result<_, Status> = world.mutate("FinishWrapUp", calling!(clients.attend, finish_wrap_up, request)).await;
}
