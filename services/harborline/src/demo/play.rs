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
use super::evidence::{Evidence, chain_of};
use super::report::Report;
use super::scenario::Scenario;
use super::setup::set_up;
use super::view::View;
use super::world::World;
use super::{clinic, counselor, promises, supervisor};
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
    let applications = people.participants.into_iter().map(|participant| {
        let subject = format!("application-of-{participant}");
        let clients = Clients::of_participant(mesh, &subject, participant.parse()?)?;
        anyhow::Ok((participant, clients))
    });
    let world = Arc::new(World::new(scenario, clock, options, applications.collect::<Result<_, _>>()?));
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
    let supervisor = Clients::of(mesh, "supervisor", &[Role::Supervisor], None)?;
    staff.spawn(supervisor::work(world.clone(), supervisor));
    let mut callers = JoinSet::new();
    for script in 0..world.scenario.contacts.len() {
        let clients = Clients::of(mesh, "front-end", &[Role::FrontEnd], None)?;
        callers.spawn(caller::call(world.clone(), clients, script));
    }

    let observer = Clients::of(mesh, "observer", &[Role::Administrator, Role::Supervisor, Role::CareTeam], None)?;
    let unsettled = settle(&world, &observer, &mut callers).await;
    world.over.cancel();
    while staff.join_next().await.is_some() {}
    while callers.join_next().await.is_some() {}
    world.view.end();
    if !unsettled.is_empty() {
        world.view.say("the night did not settle within its limit of real time");
    }

    let evidence = Evidence::whole(&observer, &world.participants).await?;
    let promises = promises::check(&world, &evidence);
    Ok(Report::of(&world, &evidence, promises, unsettled))
}

/// Waits until every caller's contact, every follow-up and every referral has come to its end; answers what has not when
/// the time is over.
async fn settle(world: &World, observer: &Clients, callers: &mut JoinSet<()>) -> Vec<String> {
    let limit = Instant::now() + world.scenario.night.real_limit;
    let mut everybody_called = false;
    let mut left = vec!["nobody has looked".to_owned()];
    while Instant::now() < limit {
        tokio::time::sleep(LOOK).await;
        while callers.try_join_next().is_some() {}
        everybody_called |= callers.is_empty();
        world.view.tick(world.clock.now());
        left = if everybody_called {
            let looked = unsettled(world, observer).await;
            looked.unwrap_or_else(|status| vec![format!("a contract does not answer ({:?})", status.code())])
        } else {
            vec![format!("{} callers are not through", callers.len())]
        };
        if left.is_empty() {
            break;
        }
    }
    left
}

/// What has not come to its end yet, in words.
async fn unsettled(world: &World, observer: &Clients) -> Result<Vec<String>, Status> {
    let evidence = Evidence::of_progress(observer).await?;
    let open_contacts = evidence.contacts.values().filter(|contact| !is_over(contact.state())).count();
    let is_closed = |state| matches!(state, TicketState::Released | TicketState::Withdrawn | TicketState::HandedOff);
    let open_tickets = evidence.tickets.values().filter(|ticket| !is_closed(ticket.state())).count();
    let unplanned = evidence.inbound().filter(|contact| !evidence.plans.contains_key(chain_of(contact))).count();
    let open_plans = evidence.plans.values().filter(|plan| plan.state() == PlanState::Open).count();
    world.view.follow_ups(evidence.plans.len(), open_plans);
    let mut counts = vec![
        (open_contacts, "contacts are open"),
        (open_tickets, "tickets are open"),
        (unplanned, "contacts have no plan of follow-ups"),
        (open_plans, "plans of follow-ups are open"),
        (evidence.to_decide.len(), "decisions are to be made"),
    ];
    if counts.iter().all(|(count, _)| *count == 0) {
        counts.push((open_referrals(observer, &evidence).await?, "contacts have open referrals"));
    }
    Ok(counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect())
}

/// How many contacts have a referral that nobody has accepted yet.
async fn open_referrals(observer: &Clients, evidence: &Evidence) -> Result<usize, Status> {
    use harborline_proto::referral::v1::{ListReferralsRequest, ReferralState};
    let mut count = 0;
    for contact in evidence.inbound() {
        let request = ListReferralsRequest { contact_id: contact.contact_id.clone() };
        let referrals = observer.referrals.clone().list_referrals(request).await?.into_inner().referrals;
        let open = |state| matches!(state, ReferralState::Offered | ReferralState::Claimed);
        count += usize::from(referrals.iter().any(|referral| open(referral.state())));
    }
    Ok(count)
}
