//! A safety plan that two write at once: the counselor in the contact, and the participant in their own application.

use harborline_proto::intake::v1 as pb;
use harborline_status::{Reason, reason_of};
use tonic::Status;

use super::world::{World, request_id};
use crate::clients::{Clients, calling, patiently};

/// So often the participant reads the plan again, because it has changed before they agreed to it.
const READS: u32 = 20;

/// Lets both write, and then the participant agree.
pub(super) async fn write_together(world: &World, counselor: &Clients, participant_id: &str) {
    let Some(application) = world.application(participant_id) else { return };
    let (theirs, own) = tokio::join!(
        write(world, counselor, participant_id, pb::SafetyPlanSection::Professionals, "the line"),
        write(world, application, participant_id, pb::SafetyPlanSection::OwnCoping, "music"),
    );
    for refused in [theirs, own, agree(world, application, participant_id).await].into_iter().filter_map(Result::err) {
        world.view.say(&format!("the safety plan: {:?} {}", refused.code(), refused.message()));
    }
}

/// Adds an entry, and writes it anew.
async fn write(
    world: &World,
    clients: &Clients,
    participant_id: &str,
    section: pb::SafetyPlanSection,
    text: &str,
) -> Result<(), Status> {
    let words = |text: String| Some(pb::SafetyPlanWords { text, ..pb::SafetyPlanWords::default() });
    let add = pb::AddSafetyPlanEntryRequest {
        request_id: request_id(),
        participant_id: participant_id.to_owned(),
        entry: Some(pb::SafetyPlanDraft { section: section.into(), words: words(text.to_owned()) }),
        after_entry_id: String::new(),
    };
    let call = calling!(clients.safety_plans, add_safety_plan_entry, add);
    let added = world.mutate("AddSafetyPlanEntry", call).await?;
    let entries = added.plan.unwrap_or_default().entries.into_iter();
    let etag = entries.filter(|entry| entry.entry_id == added.entry_id).map(|entry| entry.etag).collect();
    let change = pb::ChangeSafetyPlanEntryRequest {
        request_id: request_id(),
        participant_id: participant_id.to_owned(),
        entry_id: added.entry_id,
        etag,
        words: words(format!("{text}, at night too")),
    };
    let call = calling!(clients.safety_plans, change_safety_plan_entry, change);
    world.mutate("ChangeSafetyPlanEntry", call).await.map(drop)
}

/// The participant reads the plan and agrees to what they have read.
async fn agree(world: &World, application: &Clients, participant_id: &str) -> Result<(), Status> {
    let mut reads = 0;
    loop {
        let read = pb::GetSafetyPlanRequest { participant_id: participant_id.to_owned(), version: 0 };
        let read = patiently(calling!(application.safety_plans, get_safety_plan, read)).await?;
        let agree = pb::AgreeToSafetyPlanRequest {
            request_id: request_id(),
            participant_id: participant_id.to_owned(),
            version: read.plan.unwrap_or_default().version,
            contact_id: String::new(),
        };
        let call = calling!(application.safety_plans, agree_to_safety_plan, agree);
        let agreed = world.mutate("AgreeToSafetyPlan", call).await;
        reads += 1;
        match agreed {
            Err(status) if reason_of(&status) == Some(Reason::EtagMismatch) && reads < READS => {}
            agreed => return agreed.map(drop),
        }
    }
}
