//! The promises, checked against what the services have on record.

use std::collections::{BTreeMap, BTreeSet};

use harborline_proto::availability::v1::{Ticket, TicketEventKind, TicketState};
use harborline_proto::common::v1::{CallerKind, Channel};
use harborline_proto::followup::v1::{Attempt, AttemptState, FollowUpPlan, PlanState};
use harborline_proto::intake::v1::{Contact, ContactState, Custody, Direction, OwnerRole};
use harborline_proto::referral::v1::ReferralState;
use harborline_proto::triage::v1::LoweringState;
use serde::Serialize;

use super::caller::is_over;
use super::evidence::{Evidence, chain_of};
use super::world::{Repeats, World};
use order::order;

mod order;

/// What was looked at for one promise, and what broke it.
#[derive(Debug, Default, Serialize)]
pub struct Check {
    /// How many things were looked at.
    pub checked: u64,
    /// How many of them broke the promise.
    pub violations: u64,
    /// The violations in words, by id.
    #[serde(skip)]
    pub details: Vec<String>,
}

impl Check {
    fn look(&mut self, holds: bool, violation: impl FnOnce() -> String) {
        self.checked += 1;
        if !holds {
            self.violations += 1;
            self.details.push(violation());
        }
    }
}

/// The promises by their numbers in the design.
pub type Promises = BTreeMap<&'static str, Check>;

/// Checks P1 to P5 and P7.
pub(super) fn check(world: &World, evidence: &Evidence) -> Promises {
    let Repeats { made, broken } = world.repeats();
    let repeats = Check { checked: made.values().sum(), violations: broken.len() as u64, details: broken };
    BTreeMap::from([
        ("P1", nobody_is_lost(world, evidence)),
        ("P2", the_queue_drops_nobody(evidence)),
        ("P3", order(evidence, &world.steady())),
        ("P4", always_somebodys(world, evidence)),
        ("P5", risk_is_never_lowered(evidence)),
        ("P7", one_effect(world, evidence, repeats)),
    ])
}

/// P1: whatever was acknowledged is on record, and has come to its end.
fn nobody_is_lost(world: &World, evidence: &Evidence) -> Check {
    let mut check = Check::default();
    for opened in world.opened() {
        let ended = evidence.contacts.get(&opened.contact_id).is_some_and(|contact| is_over(contact.state()));
        check.look(ended, || format!("contact {} was acknowledged and has not ended", opened.contact_id));
    }
    check
}

/// P2: out of the queue to a human, because the caller left, or by a confirmed hand-off.
fn the_queue_drops_nobody(evidence: &Evidence) -> Check {
    let mut check = Check::default();
    for ticket in evidence.tickets.values() {
        let contact = evidence.contacts.get(&ticket.contact_id).map(Contact::state);
        let accepted = ticket.events.iter().any(|event| event.kind() == TicketEventKind::Accepted);
        let holds = match ticket.state() {
            TicketState::Released | TicketState::Assigned => accepted,
            TicketState::Withdrawn => contact == Some(ContactState::Left),
            TicketState::HandedOff => contact == Some(ContactState::HandedOff),
            TicketState::Queued | TicketState::Offered => contact.is_some_and(|state| !is_over(state)),
            TicketState::Unspecified => false,
        };
        check.look(holds, || format!("the ticket of {} ended as {:?}", ticket.contact_id, ticket.state()));
        check.look(!rings_for_nobody(ticket), || {
            format!("a counselor was asked for {}, whose caller had left", ticket.contact_id)
        });
    }
    check
}

/// Whether a counselor was asked for a caller who had left.
fn rings_for_nobody(ticket: &Ticket) -> bool {
    let mut is_gone = false;
    ticket.events.iter().any(|event| {
        match event.kind() {
            TicketEventKind::CallerLeft => is_gone = true,
            TicketEventKind::CallerBack => is_gone = false,
            _ => {}
        }
        is_gone && event.kind() == TicketEventKind::Offered
    })
}

/// P4: from the first ring on one owner, without gap or overlap, and nobody's only while nothing is open.
fn always_somebodys(world: &World, evidence: &Evidence) -> Check {
    let mut check = Check::default();
    for contact in evidence.inbound() {
        let id = &contact.contact_id;
        let chain = chain_of(contact);
        let custody = evidence.custody.get(id).map_or(&[][..], Vec::as_slice);
        let first = evidence.contacts.get(chain).unwrap_or(contact);
        check.look(unbroken(custody, first), || format!("the custody of {id} has a gap or an overlap"));
        let is_somebodys = custody.last().is_some_and(|last| last.role() != OwnerRole::Nobody);
        for (what, is_open) in [
            ("follow-ups", evidence.plans.get(chain).is_none_or(|plan| plan.state() == PlanState::Open)),
            ("referrals", has_open_referral(evidence, id)),
            ("decisions", evidence.to_decide.values().any(|decision| decision.contact_id == *chain)),
        ] {
            check.look(is_somebodys || !is_open, || format!("{id} is nobody's while its {what} are open"));
        }
    }
    for contact in evidence.inbound().filter(|contact| is_at_risk(contact)) {
        let has_way_back = contact.caller() == CallerKind::Participant
            || world.script(&contact.contact_id).is_some_and(|script| script.callback);
        let is_called = evidence.plans.get(chain_of(contact)).is_some_and(|plan| !plan.attempts.is_empty());
        check.look(is_called || !has_way_back, || format!("{} is at risk, and nobody calls", contact.contact_id));
    }
    for plan in evidence.plans.values() {
        let id = &plan.contact_id;
        check.look(is_due(plan), || format!("the follow-up of {id} is open and nobody knows when it is due"));
        check.look(ended_by_attempts(plan, evidence), || format!("{id} counts as not reached, and nobody called"));
    }
    for (participant, refusals) in &evidence.refusals {
        let own = refusals.iter().find(|refused| is_counselor_of(evidence, &refused.caller_id, participant));
        check.look(own.is_none(), || {
            format!("{} was refused {participant}, who talks with them", own.map_or("", |own| own.caller_id.as_str()))
        });
    }
    for contact in evidence.contacts.values().filter(|contact| contact.state() == ContactState::HandedOff) {
        let is_a_transfer = contact.direction() == Direction::Inbound
            && contact.channel() == Channel::Phone
            && contact.backup_offered_at.is_some();
        check.look(is_a_transfer, || format!("{} was handed off, and nobody can have it", contact.contact_id));
    }
    check
}

/// Whether a contact has ended at acuity 1 or 2.
fn is_at_risk(contact: &Contact) -> bool {
    let acuity = contact.assessment.as_ref().map_or(0, |assessment| assessment.acuity);
    is_over(contact.state()) && (1..=2).contains(&acuity)
}

/// P5: nothing becomes less urgent in the queue, a caller who is back is as urgent as before, and what a counselor judged
/// lower counts by the word of two and not before.
fn risk_is_never_lowered(evidence: &Evidence) -> Check {
    let mut check = Check::default();
    for ticket in evidence.tickets.values() {
        let raised = ticket.events.iter().filter(|event| event.kind() == TicketEventKind::Raised);
        let levels: Vec<i32> = raised.map(|event| event.acuity).chain([ticket.acuity]).collect();
        check.look(levels.is_sorted_by(|before, after| before >= after), || {
            format!("the ticket of {} became less urgent", ticket.contact_id)
        });
    }
    let level = |contact: &Contact| contact.assessment.as_ref().map_or(0, |assessment| assessment.acuity);
    for contact in evidence.inbound().filter(|contact| !contact.origin_contact_id.is_empty()) {
        let first = evidence.contacts.get(chain_of(contact)).map_or(0, level);
        check.look(level(contact) <= first, || format!("{} was back, and less urgent", contact.contact_id));
        let is_counted = evidence.tickets.get(&contact.contact_id).is_none_or(|ticket| ticket.acuity <= first);
        check.look(is_counted, || format!("{} was back, and waited behind the less urgent", contact.contact_id));
    }
    for lowering in evidence.lowerings.values() {
        let id = &lowering.contact_id;
        let is_signed = !lowering.confirmed_by_id.is_empty() && lowering.confirmed_by_id != lowering.judged_by_id;
        let is_confirmed = lowering.state() == LoweringState::Confirmed;
        check.look(is_signed == is_confirmed, || format!("the acuity of {id} was lowered by the word of one"));
        let is_kept = evidence.contacts.get(id).is_none_or(|contact| is_confirmed || level(contact) <= lowering.from);
        check.look(is_kept, || format!("{id} became less urgent, and nobody has confirmed it"));
    }
    check
}

/// Whether somebody was the counselor in a contact of the participant, and no counselor of the participant was ever lost:
/// a counselor whose connection was lost may be refused the contact that another has by then.
fn is_counselor_of(evidence: &Evidence, person: &str, participant: &str) -> bool {
    let mut contacts = evidence.contacts.values().filter(|contact| contact.participant_id == participant);
    let nobody_was_lost = contacts.clone().all(|contact| contact.assignments <= 1);
    let is_theirs = |contact: &Contact| contact.counselor.as_ref().is_some_and(|one| one.person_id == person);
    nobody_was_lost && contacts.any(is_theirs)
}

/// Whether a referral of the contact has an owner elsewhere, or seeks one.
fn has_open_referral(evidence: &Evidence, contact_id: &str) -> bool {
    let is_over =
        |state| matches!(state, ReferralState::Unplaced | ReferralState::Cancelled | ReferralState::Completed);
    let referrals = evidence.referrals.get(contact_id).map_or(&[][..], Vec::as_slice);
    referrals.iter().any(|referral| !is_over(referral.state()))
}

/// Whether an open plan says when the next attempt is made.
fn is_due(plan: &FollowUpPlan) -> bool {
    let open = |attempt: &&Attempt| matches!(attempt.state(), AttemptState::Planned | AttemptState::Underway);
    plan.state() != PlanState::Open || plan.attempts.iter().filter(open).any(|attempt| attempt.due_at.is_some())
}

/// Whether a plan that ended in vain did so by attempts that counselors made.
fn ended_by_attempts(plan: &FollowUpPlan, evidence: &Evidence) -> bool {
    let counted = plan.attempts.iter().filter(|attempt| attempt.state() == AttemptState::NotReached);
    let mut made = counted.map(|attempt| {
        let call = evidence.contacts.get(&attempt.outbound_contact_id);
        call.is_some_and(|call| call.answered_at.is_some())
    });
    plan.state() != PlanState::NotReached || made.all(|made| made)
}

fn unbroken(custody: &[Custody], contact: &Contact) -> bool {
    let begins = custody.first().is_some_and(|first| first.since == contact.opened_at);
    let named = custody.iter().all(|part| {
        let is_named = part.owner.as_ref().is_some_and(|owner| !owner.name.is_empty());
        is_named != (part.role() == OwnerRole::Nobody)
    });
    let lasts = custody.last().is_some_and(|last| last.until.is_none());
    let is_whole = custody.windows(2).all(|pair| pair[0].until.is_some() && pair[0].until == pair[1].since);
    begins && named && lasts && is_whole
}

/// P7: repeated calls had the first one's answer, and nothing exists twice.
fn one_effect(world: &World, evidence: &Evidence, mut check: Check) -> Check {
    let opened: BTreeSet<_> = world.opened().into_iter().map(|opened| opened.contact_id).collect();
    for contact in evidence.inbound() {
        check.look(opened.contains(&contact.contact_id), || {
            format!("contact {} exists, but nobody was told so", contact.contact_id)
        });
    }
    let mut attempts = BTreeSet::new();
    for contact in evidence.contacts.values().filter(|contact| !contact.follow_up_plan_id.is_empty()) {
        let first = attempts.insert((contact.follow_up_plan_id.clone(), contact.follow_up_attempt));
        check.look(first, || format!("contact {} is a second one for its attempt", contact.contact_id));
    }
    check
}
