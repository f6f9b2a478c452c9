//! A family member who calls: recognized as a support person on record, and told what may be told.

use harborline_proto::intake::v1 as pb;
use harborline_types::CallerKind;
use harborline_types::wire::number;
use tonic::Status;

use super::setup::supporter_phrase;
use super::world::{World, request_id};
use crate::clients::{Clients, calling, patiently};

/// Asks the family member for their phrase, says who it is, and decides what they may be told.
pub(super) async fn recognize(world: &World, clients: &Clients, contact_id: &str, participant_id: &str) {
    if let Err(status) = recognized(world, clients, contact_id, participant_id).await {
        world.view.say(&format!("the family member: {:?} {}", status.code(), status.message()));
    }
}

async fn recognized(world: &World, clients: &Clients, contact_id: &str, participant_id: &str) -> Result<(), Status> {
    let list = pb::ListSupportPersonsRequest { participant_id: participant_id.to_owned(), with_ended: false };
    let known = patiently(calling!(clients.support_persons, list_support_persons, list)).await?;
    let Some(person) = known.support_persons.into_iter().next() else { return Ok(()) };
    let verify = pb::VerifyCallerRequest {
        request_id: request_id(),
        contact_id: contact_id.to_owned(),
        participant_id: participant_id.to_owned(),
        dedicated_number: String::new(),
        phrase: supporter_phrase(participant_id),
        support_person_id: person.support_person_id.clone(),
    };
    let verified = world.mutate("VerifyCaller", calling!(clients.callers, verify_caller, verify)).await?;
    let basis = match verified.is_verified {
        true => pb::IdentificationBasis::Phrase,
        false => pb::IdentificationBasis::Stated,
    };
    let identify = pb::IdentifyCallerRequest {
        request_id: request_id(),
        contact_id: contact_id.to_owned(),
        participant_id: participant_id.to_owned(),
        caller: number(CallerKind::FamilyMember),
        basis: basis.into(),
        support_person_id: person.support_person_id.clone(),
    };
    world.mutate("IdentifyCaller", calling!(clients.callers, identify_caller, identify)).await?;
    let decide = pb::DecideFamilyDisclosureRequest {
        request_id: request_id(),
        contact_id: contact_id.to_owned(),
        participant_id: participant_id.to_owned(),
        is_verified: verified.is_verified,
        participant_state: pb::ParticipantState::Absent.into(),
        preference: pb::FamilyPreference::NotAsked.into(),
        threat: pb::FamilyThreat::Absent.into(),
        support_person_id: person.support_person_id,
        ..pb::DecideFamilyDisclosureRequest::default()
    };
    let decided = calling!(clients.disclosures, decide_family_disclosure, decide);
    world.mutate("DecideFamilyDisclosure", decided).await.map(drop)
}
