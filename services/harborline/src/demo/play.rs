//! The play itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harborline_identity::Role;
use harborline_proto::availability::v1::TicketState;
use harborline_proto::followup::v1::PlanState;
use harborline_types::{Clock, DevelopmentClock};
use tokio::task::JoinSet;
use tonic::Status;

use super::caller::{self, is_over};
use super::evidence::Evidence;
use super::report::Report;
use super::scenario::Scenario;
use super::setup::set_up;
use super::view::View;
use super::world::World;
use super::{clinic, counselor, promises};
use crate::clients::Clients;
use crate::mesh::Mesh;

/// How often it is looked whether everything has settled.
const LOOK: Duration = Duration::from_millis(500);

/// How a scenario is played.
#[derive(Default)]
pub struct PlayOptions {
    /// Who watches.
    pub view: View,
    /// One mutating call in so many is made twice, as if its first answer had been lost. 0 and 1: every one.
    pub repeat_one_in: u64,
}

/// Plays a scenario against a running mesh, whose clock must be the scenario's, and reports.
///
/// # Errors
/// When the contracts do not answer.
pub async fn play(mesh: &Mesh, scenario: Scenario, options: PlayOptions) -> anyhow::Result<Report> {
    let clock = match mesh.clock {
        Some(plan) => {
            Clock::Development(DevelopmentClock { start_real: plan.start_real, start: plan.start, speed: plan.speed })
        }
        None => Clock::System,
    };
    let people = set_up(mesh, &scenario, &clock).await?;
    let world = Arc::new(World::new(scenario, clock, options, people.participants));
    world.view.begin(world.scenario.contacts.len());

    let mut staff = JoinSet::new();
    for (index, script) in world.scenario.counselors.iter().enumerate() {
        let clients = Clients::of(mesh, &script.name, &[Role::Counselor], None)?;
        staff.spawn(counselor::work(world.clone(), clients, index));
    }
    for (index, facility) in people.facilities.iter().enumerate() {
        let subject = &world.scenario.clinics[index].name;
        let clients = Clients::of(mesh, subject, &[Role::Clinic], Some(*facility))?;
        staff.spawn(clinic::work(world.clone(), clients, index));
    }
    let mut callers = JoinSet::new();
    for script in 0..world.scenario.contacts.len() {
        let clients = Clients::of(mesh, "front-end", &[Role::FrontEnd], None)?;
        callers.spawn(caller::call(world.clone(), clients, script));
    }

    let observer = Clients::of(mesh, "observer", &[Role::Administrator, Role::Supervisor, Role::CareTeam], None)?;
    let settled = settle(&world, &observer, &mut callers).await;
    world.over.cancel();
    while staff.join_next().await.is_some() {}
    while callers.join_next().await.is_some() {}
    world.view.end();
    if !settled {
        world.view.say("the night did not settle within its limit of real time");
    }

    let evidence = Evidence::whole(&observer).await?;
    let promises = promises::check(&world, &evidence);
    Ok(Report::of(&world, &evidence, promises, settled))
}

/// Waits until every caller's contact, every follow-up and every referral has come to its end.
async fn settle(world: &World, observer: &Clients, callers: &mut JoinSet<()>) -> bool {
    let limit = Instant::now() + world.scenario.night.real_limit;
    let mut everybody_called = false;
    while Instant::now() < limit {
        tokio::time::sleep(LOOK).await;
        while callers.try_join_next().is_some() {}
        everybody_called |= callers.is_empty();
        world.view.tick(world.clock.now());
        if everybody_called && has_settled(world, observer).await.unwrap_or(false) {
            return true;
        }
    }
    false
}

async fn has_settled(world: &World, observer: &Clients) -> Result<bool, Status> {
    let evidence = Evidence::of_progress(observer).await?;
    let ended = evidence.contacts.values().all(|contact| is_over(contact.state()));
    let free = evidence.tickets.values().all(|ticket| {
        matches!(ticket.state(), TicketState::Released | TicketState::Withdrawn | TicketState::HandedOff)
    });
    let planned = evidence.inbound().all(|contact| evidence.plans.contains_key(&contact.contact_id));
    let open_plans = evidence.plans.values().filter(|plan| plan.state() == PlanState::Open).count();
    world.view.follow_ups(evidence.plans.len(), open_plans);
    Ok(ended && free && planned && open_plans == 0 && referrals_settled(observer, &evidence).await?)
}

async fn referrals_settled(observer: &Clients, evidence: &Evidence) -> Result<bool, Status> {
    use harborline_proto::referral::v1::{ListReferralsRequest, ReferralState};
    for contact in evidence.inbound() {
        let request = ListReferralsRequest { contact_id: contact.contact_id.clone() };
        let referrals = observer.referrals.clone().list_referrals(request).await?.into_inner().referrals;
        let open = |state| matches!(state, ReferralState::Offered | ReferralState::Claimed);
        if referrals.iter().any(|referral| open(referral.state())) {
            return Ok(false);
        }
    }
    Ok(true)
}
