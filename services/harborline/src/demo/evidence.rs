//! What is read back through the contracts when the night has settled.

use std::collections::BTreeMap;

use harborline_proto::common::v1 as common;
use harborline_proto::referral::v1 as referral;
use harborline_proto::triage::v1 as triage;
use harborline_proto::{availability::v1 as availability, followup::v1 as followup, intake::v1 as intake};
use tonic::Status;

use crate::clients::{Clients, calling, patiently};

const PAGE: i32 = 200;

/// Everything that the services have on record about the night.
#[derive(Default)]
pub(super) struct Evidence {
    pub(super) contacts: BTreeMap<String, intake::Contact>,
    /// By contact.
    pub(super) tickets: BTreeMap<String, availability::Ticket>,
    pub(super) counselors: BTreeMap<String, availability::Counselor>,
    /// By the inbound contact.
    pub(super) custody: BTreeMap<String, Vec<intake::Custody>>,
    /// By the inbound contact.
    pub(super) plans: BTreeMap<String, followup::FollowUpPlan>,
    /// By contact.
    pub(super) referrals: BTreeMap<String, Vec<referral::Referral>>,
    /// How the caller was identified, by the contact.
    pub(super) identifications: BTreeMap<String, Vec<intake::Identification>>,
    pub(super) participants: BTreeMap<String, intake::ParticipantSummary>,
    /// By participant.
    pub(super) safety_plans: BTreeMap<String, intake::SafetyPlan>,
    /// What supervisors have not decided yet, by decision.
    pub(super) to_decide: BTreeMap<String, intake::Decision>,
    /// By contact; of several the last.
    pub(super) lowerings: BTreeMap<String, triage::Lowering>,
    /// Denied accesses to a participant's records, by participant.
    pub(super) refusals: BTreeMap<String, Vec<common::Access>>,
}

impl Evidence {
    /// Reads what shows whether everything has settled.
    pub(super) async fn of_progress(clients: &Clients) -> Result<Self, Status> {
        Ok(Self {
            contacts: contacts(clients).await?,
            tickets: tickets(clients).await?,
            plans: plans(clients).await?,
            to_decide: decisions(clients, true).await?,
            ..Self::default()
        })
    }

    /// Reads everything.
    pub(super) async fn whole(clients: &Clients, participants: &[String]) -> Result<Self, Status> {
        let mut evidence = Self::of_progress(clients).await?;
        for participant in participants {
            evidence.refusals.insert(participant.clone(), refusals(clients, participant).await?);
            let read = intake::GetSafetyPlanRequest { participant_id: participant.clone(), version: 0 };
            let plan = patiently(calling!(clients.safety_plans, get_safety_plan, read)).await?.plan;
            evidence.safety_plans.insert(participant.clone(), plan.unwrap_or_default());
        }
        evidence.counselors = counselors(clients).await?;
        evidence.participants = self::participants(clients).await?;
        for lowering in decisions(clients, false).await?.into_values().filter(|one| !one.lowering_id.is_empty()) {
            let request = triage::GetLoweringRequest { lowering_id: lowering.lowering_id };
            let lowering = patiently(calling!(clients.triage, get_lowering, request)).await?.lowering;
            evidence.lowerings.extend(lowering.map(|lowering| (lowering.contact_id.clone(), lowering)));
        }
        for contact_id in evidence.inbound().map(|contact| contact.contact_id.clone()).collect::<Vec<_>>() {
            let request = intake::ListCustodyRequest { contact_id: contact_id.clone() };
            let custody = patiently(calling!(clients.contacts, list_custody, request)).await?.custody;
            evidence.custody.insert(contact_id.clone(), custody);
            let request = intake::ListIdentificationsRequest { contact_id: contact_id.clone() };
            let identified = patiently(calling!(clients.callers, list_identifications, request)).await?;
            evidence.identifications.insert(contact_id.clone(), identified.identifications);
            let request = referral::ListReferralsRequest { contact_id: contact_id.clone() };
            let referrals = patiently(calling!(clients.referrals, list_referrals, request)).await?.referrals;
            evidence.referrals.insert(contact_id, referrals);
        }
        Ok(evidence)
    }

    pub(super) fn inbound(&self) -> impl Iterator<Item = &intake::Contact> {
        self.contacts.values().filter(|contact| contact.direction() == intake::Direction::Inbound)
    }
}

/// The contact with which custody, follow-ups and decisions are kept.
pub(super) fn chain_of(contact: &intake::Contact) -> &str {
    if contact.origin_contact_id.is_empty() { &contact.contact_id } else { &contact.origin_contact_id }
}

/// Follows page tokens to the end.
async fn pages<T>(
    mut page: impl AsyncFnMut(String) -> Result<(Vec<T>, String), Status>,
    id: impl Fn(&T) -> String,
) -> Result<BTreeMap<String, T>, Status> {
    let (mut all, mut token) = (BTreeMap::new(), String::new());
    loop {
        let (rows, next) = page(token).await?;
        all.extend(rows.into_iter().map(|row| (id(&row), row)));
        if next.is_empty() {
            return Ok(all);
        }
        token = next;
    }
}

async fn contacts(clients: &Clients) -> Result<BTreeMap<String, intake::Contact>, Status> {
    let page = async |page_token| {
        let request = intake::ListContactsRequest { page_size: PAGE, page_token };
        let page = patiently(calling!(clients.contacts, list_contacts, request)).await?;
        Ok((page.contacts, page.next_page_token))
    };
    pages(page, |contact| contact.contact_id.clone()).await
}

async fn participants(clients: &Clients) -> Result<BTreeMap<String, intake::ParticipantSummary>, Status> {
    let page = async |page_token| {
        let request = intake::ListParticipantsRequest { page_size: PAGE, page_token, ..Default::default() };
        let page = patiently(calling!(clients.participants, list_participants, request)).await?;
        Ok((page.participants, page.next_page_token))
    };
    pages(page, |participant| participant.participant_id.clone()).await
}

async fn refusals(clients: &Clients, participant_id: &str) -> Result<Vec<common::Access>, Status> {
    let page = async |page_token| {
        let participant_id = participant_id.to_owned();
        let request = intake::ListAccessesRequest { participant_id, page_size: PAGE, page_token };
        let page = patiently(calling!(clients.accesses, list_accesses, request)).await?;
        Ok((page.accesses, page.next_page_token))
    };
    let accesses = pages(page, |access| access.access_id.clone()).await?.into_values();
    Ok(accesses.filter(|access| access.act() == common::AccessAct::Deny).collect())
}

async fn decisions(clients: &Clients, open_only: bool) -> Result<BTreeMap<String, intake::Decision>, Status> {
    let page = async |page_token| {
        let request = intake::ListDecisionsRequest { page_size: PAGE, page_token, open_only };
        let page = patiently(calling!(clients.decisions, list_decisions, request)).await?;
        Ok((page.decisions, page.next_page_token))
    };
    pages(page, |decision| decision.decision_id.clone()).await
}

async fn tickets(clients: &Clients) -> Result<BTreeMap<String, availability::Ticket>, Status> {
    let page = async |page_token| {
        let request = availability::ListTicketsRequest { page_size: PAGE, page_token };
        let page = patiently(calling!(clients.tickets, list_tickets, request)).await?;
        // The ticket that answers a contact; transfers and conferences stand beside it.
        let answers = |ticket: &availability::Ticket| ticket.kind() == availability::TicketKind::Answer;
        Ok((page.tickets.into_iter().filter(answers).collect(), page.next_page_token))
    };
    pages(page, |ticket| ticket.contact_id.clone()).await
}

async fn counselors(clients: &Clients) -> Result<BTreeMap<String, availability::Counselor>, Status> {
    let page = async |page_token| {
        let request = availability::ListCounselorsRequest { page_size: PAGE, page_token };
        let page = patiently(calling!(clients.roster, list_counselors, request)).await?;
        Ok((page.counselors, page.next_page_token))
    };
    pages(page, |counselor| counselor.counselor_id.clone()).await
}

async fn plans(clients: &Clients) -> Result<BTreeMap<String, followup::FollowUpPlan>, Status> {
    let page = async |page_token| {
        let request = followup::ListFollowUpPlansRequest { page_size: PAGE, page_token };
        let page = patiently(calling!(clients.follow_ups, list_follow_up_plans, request)).await?;
        Ok((page.plans, page.next_page_token))
    };
    pages(page, |plan| plan.contact_id.clone()).await
}
