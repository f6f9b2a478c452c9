//! The supervisor on call: decides what software may not, and is the second person of a counselor's judgment.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use harborline_proto::{intake::v1 as pb, triage::v1 as triage};
use harborline_status::{Reason, reason_of};
use tonic::Status;

use super::world::{World, request_id};
use crate::clients::{Clients, calling, patiently};

/// How often the list of open decisions is looked at, real time.
const LOOK: Duration = Duration::from_millis(200);

/// Decides until the play is over: what is planned is enough, and where nothing is planned, nobody calls any more.
pub(super) async fn work(world: Arc<World>, clients: Clients) {
    let mut without_a_plan = HashSet::new();
    while !world.over.is_cancelled() {
        if let Err(status) = decide(&world, &clients, &mut without_a_plan).await {
            world.view.say(&format!("a decision is refused: {}", status.message()));
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = world.over.cancelled() => {}
        }
    }
}

async fn decide(world: &World, clients: &Clients, without_a_plan: &mut HashSet<String>) -> Result<(), Status> {
    let open = pb::ListDecisionsRequest { open_only: true, ..pb::ListDecisionsRequest::default() };
    for decision in patiently(calling!(clients.decisions, list_decisions, open)).await?.decisions {
        if decision.kind() == pb::DecisionKind::Lowering {
            confirm(world, clients, decision.lowering_id).await?;
            continue;
        }
        let nothing_is_planned =
            decision.kind() == pb::DecisionKind::NotReached || without_a_plan.contains(&decision.decision_id);
        let verdict = if nothing_is_planned { pb::Verdict::DoNotCall } else { pb::Verdict::FollowUp };
        let request = pb::MakeDecisionRequest {
            request_id: request_id(),
            decision_id: decision.decision_id.clone(),
            verdict: verdict.into(),
            reason: "synthetic reason".to_owned(),
        };
        match world.mutate("MakeDecision", calling!(clients.decisions, make_decision, request)).await {
            // A person who left no way back cannot be called.
            Err(status) if status.code() == tonic::Code::InvalidArgument => {
                without_a_plan.insert(decision.decision_id);
            }
            Err(status) if status.code() == tonic::Code::FailedPrecondition => {}
            Err(status) => return Err(status),
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Confirms a lowering, having looked at why.
async fn confirm(world: &World, clients: &Clients, lowering_id: String) -> Result<(), Status> {
    let look = triage::GetLoweringRequest { lowering_id: lowering_id.clone() };
    patiently(calling!(clients.triage, get_lowering, look)).await?;
    let request = triage::ConfirmLoweringRequest { request_id: request_id(), lowering_id };
    match world.mutate("ConfirmLowering", calling!(clients.triage, confirm_lowering, request)).await {
        // It was confirmed a moment ago, or its time was over.
        Err(status) if reason_of(&status) == Some(Reason::LoweringEnded) => Ok(()),
        answer => answer.map(drop),
    }
}
