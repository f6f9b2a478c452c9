//! A partner clinic: watches its referrals and answers them as the scenario says.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use harborline_proto::partner::v1 as pb;
use harborline_types::wire;
use tonic::Status;

use super::scenario::ClinicAnswer;
use super::world::{World, request_id};
use crate::clients::{Clients, calling, unanswered};

/// Works until the play is over.
pub(super) async fn work(world: Arc<World>, clients: Clients, index: usize) {
    let mut cursor = String::new();
    let mut met = HashSet::new();
    while !world.over.is_cancelled() {
        let request = pb::WatchReferralsRequest { cursor: cursor.clone() };
        match clients.partner.clone().watch_referrals(request).await {
            Ok(stream) => {
                let mut stream = stream.into_inner();
                loop {
                    let update = tokio::select! {
                        update = stream.message() => update,
                        () = world.over.cancelled() => return,
                    };
                    let Ok(Some(update)) = update else { break };
                    cursor = update.cursor;
                    let referral = update.referral.unwrap_or_default();
                    if referral.state() == pb::ReferralState::Offered && met.insert(referral.referral_id.clone()) {
                        tokio::spawn(answer(world.clone(), clients.clone(), index, met.len(), referral.referral_id));
                    }
                }
            }
            Err(status) if unanswered(&status) => {}
            Err(status) => return world.view.say(&format!("WatchReferrals is refused: {}", status.message())),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn answer(world: Arc<World>, clients: Clients, index: usize, number: usize, referral_id: String) {
    let clinic = &world.scenario.clinics[index];
    let Some(answer) = clinic.answers.get(number - 1).or(clinic.answers.last()).copied() else { return };
    if answer == ClinicAnswer::Ignore || !world.pass(clinic.answer_after).await {
        return;
    }
    if let Err(status) = carry_out(&world, &clients, answer, &clinic.name, referral_id).await {
        world.view.say(&format!("{} is refused: {}", clinic.name, status.message()));
    }
}

async fn carry_out(
    world: &World,
    clients: &Clients,
    answer: ClinicAnswer,
    clinic: &str,
    referral_id: String,
) -> Result<(), Status> {
    if answer != ClinicAnswer::DeclineNoCapacity {
        let claim = pb::ClaimReferralRequest { request_id: request_id(), referral_id: referral_id.clone() };
        world.mutate("ClaimReferral", calling!(clients.partner, claim_referral, claim)).await?;
    }
    let reason = match answer {
        ClinicAnswer::DeclineNoCapacity => pb::DeclineReason::NoCapacity,
        ClinicAnswer::DeclineNotSuitable => pb::DeclineReason::NotSuitable,
        ClinicAnswer::Accept | ClinicAnswer::Ignore => {
            let accept = pb::AcceptReferralRequest {
                request_id: request_id(),
                referral_id,
                owner_id: format!("{clinic}-owner"),
                owner_name: format!("Owner at {clinic}"),
                expected_by: Some(wire::timestamp(world.clock.now() + TimeDelta::days(1))),
            };
            world.mutate("AcceptReferral", calling!(clients.partner, accept_referral, accept)).await?;
            return Ok(());
        }
    };
    let decline = pb::DeclineReferralRequest { request_id: request_id(), referral_id, reason: reason.into() };
    world.mutate("DeclineReferral", calling!(clients.partner, decline_referral, decline)).await?;
    Ok(())
}
