//! Custody under random orders of what people and the other services do: a person is nobody's exactly while nothing of
//! the contact is open, and the ledger has neither gap nor overlap.
//!
//! What is open is kept by the test itself, from what it was answered; only the number of follow-ups asked for is read
//! from the database, since followup learns it by a duty.

use std::collections::BTreeMap;

use harborline_identity::{Role, ServiceName};
use harborline_proto::common::v1::{Acuity, ClosingDuty};
use harborline_proto::intake::v1::mesh_service_server::MeshService;
use harborline_proto::intake::v1::{self as pb, ContactState, FollowUpsEnd, Outcome, Verdict};
use harborline_testkit::{owner, request};
use harborline_types::PlanId;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::fixture::{Given, id};
use crate::neighbors::assessment;

/// So many nights, of so many steps each.
const NIGHTS: usize = 12;
const STEPS: usize = 40;

#[derive(Clone, Copy, Debug)]
enum Step {
    Leave,
    OfferBackup,
    ConfirmHandOff,
    Assign,
    LoseCounselor,
    Close(Outcome),
    Screen(Acuity),
    RegisterReferral,
    AcceptReferral,
    EndReferral,
    /// Of all that was asked for, or of all but the last.
    EndFollowUps(bool, FollowUpsEnd),
    AttemptOverdue,
    Call,
    /// The participant reaches out again, whether a contact is open or has ended.
    ReachOut,
    /// While a contact of the participant is open, a second caller turns out to be them.
    Identify,
    Decide(Verdict),
}

fn step() -> impl Strategy<Value = (Step, bool, bool)> {
    use Step::*;
    let ends = vec![FollowUpsEnd::NotNeeded, FollowUpsEnd::Reached, FollowUpsEnd::NotReached, FollowUpsEnd::Stopped];
    let acuities = vec![Acuity::Emergency, Acuity::VeryHigh, Acuity::Routine];
    let steps = prop_oneof![
        1 => Just(Leave),
        1 => Just(OfferBackup),
        1 => Just(ConfirmHandOff),
        3 => Just(Assign),
        1 => Just(LoseCounselor),
        2 => prop_oneof![Just(Close(Outcome::Resolved)), Just(Close(Outcome::Disconnected))],
        2 => proptest::sample::select(acuities).prop_map(Screen),
        1 => Just(RegisterReferral),
        1 => Just(AcceptReferral),
        1 => Just(EndReferral),
        3 => (any::<bool>(), proptest::sample::select(ends)).prop_map(|(all, end)| EndFollowUps(all, end)),
        1 => Just(AttemptOverdue),
        1 => Just(Call),
        2 => Just(ReachOut),
        1 => Just(Identify),
        1 => proptest::sample::select(vec![Verdict::FollowUp, Verdict::CallAgain, Verdict::DoNotCall]).prop_map(Decide),
    ];
    // In the call that was made last instead of the contact itself; told twice, as when an answer is lost.
    (steps, any::<bool>(), proptest::bool::weighted(0.2))
}

/// What the test knows of one contact.
struct Night<'a> {
    intake: &'a Given,
    contact: String,
    /// None of an unknown caller.
    participant: Option<String>,
    /// Those that we made, and those in which the participant was back.
    calls: Vec<String>,
    assignments: BTreeMap<String, i32>,
    screenings: i64,
    open_referrals: Vec<String>,
    ended_up_to: i64,
}

impl Night<'_> {
    async fn asked(&self) -> i64 {
        let asked = "select follow_ups_asked from contact where contact_id = $1::uuid";
        sqlx::query_scalar(asked).bind(&self.contact).fetch_one(&owner(&self.intake.store)).await.unwrap()
    }

    /// Whether anything is open, as the test sees it.
    async fn is_open(&self) -> bool {
        let mut open = self.asked().await > self.ended_up_to || !self.open_referrals.is_empty();
        for contact in self.calls.iter().chain([&self.contact]) {
            let state = self.intake.contact(contact).await.state();
            open |= matches!(state, ContactState::Received | ContactState::Waiting | ContactState::Answered);
        }
        open || self.intake.to_decide().await.iter().any(|decision| decision.contact_id == self.contact)
    }

    /// Whether a contact that the participant opened has not ended.
    async fn is_talking(&self) -> bool {
        let mut open = false;
        for contact in self.calls.iter().chain([&self.contact]) {
            let contact = self.intake.contact(contact).await;
            open |= contact.direction() == pb::Direction::Inbound && contact.ended_at.is_none();
        }
        open
    }

    async fn take(&mut self, step: Step, in_call: bool) {
        let intake = self.intake;
        let leg = self.calls.last().filter(|_| in_call).unwrap_or(&self.contact).clone();
        let supervisor = intake.as_("supervisor", Role::Supervisor);
        match step {
            Step::Leave => drop(intake.leave(&leg).await),
            Step::OfferBackup => drop(intake.try_to_offer_backup(&leg).await),
            Step::ConfirmHandOff => drop(intake.confirm_hand_off(&leg).await),
            Step::Assign => {
                let number = self.assignments.entry(leg.clone()).or_default();
                *number += 1;
                intake.assign(&leg, "ana", *number).await;
            }
            Step::LoseCounselor => {
                let number = self.assignments.get(&leg).copied().unwrap_or(0).max(1);
                intake.lose(&leg, number).await;
            }
            Step::Close(outcome) => {
                let duties = intake.contact(&leg).await.assessment.unwrap_or_default();
                let duties = duties.closing_duties().filter(|duty| *duty != ClosingDuty::ScreenComplete);
                let _ = intake.complete(&supervisor, &leg, &duties.collect::<Vec<_>>()).await;
                let _ = intake.close(&supervisor, &leg, outcome).await;
            }
            Step::Screen(acuity) => {
                self.screenings += 1;
                intake.assess(assessment(&leg, self.screenings, acuity)).await;
            }
            Step::RegisterReferral => self.open_referrals.push(intake.register_referral(&self.contact).await),
            Step::AcceptReferral => {
                if let Some(referral) = self.open_referrals.first() {
                    intake.accept(&self.contact, referral).await;
                }
            }
            Step::EndReferral => {
                if let Some(referral) = self.open_referrals.pop() {
                    intake.end_referral(&self.contact, &referral).await;
                }
            }
            Step::EndFollowUps(all, end) => {
                let up_to = self.asked().await - i64::from(!all);
                if up_to > 0 {
                    intake.end_follow_ups_as(&self.contact, up_to, end).await;
                    self.ended_up_to = self.ended_up_to.max(up_to);
                }
            }
            Step::AttemptOverdue => {
                let message = pb::RecordAttemptOverdueRequest {
                    request_id: id(),
                    contact_id: self.contact.clone(),
                    follow_up_plan_id: PlanId::new().to_string(),
                    attempt: 1,
                };
                let followup = intake.as_service(ServiceName::Followup);
                intake.rpc.record_attempt_overdue(request(&followup, message)).await.unwrap();
            }
            Step::Call => {
                let call = intake.open_outbound(&self.contact, &PlanId::new().to_string(), 1).await;
                self.calls.push(call);
            }
            Step::ReachOut => {
                let Some(participant) = &self.participant else { return };
                let contact = intake.open_for(participant).await;
                if contact != self.contact && !self.calls.contains(&contact) {
                    self.calls.push(contact);
                }
            }
            Step::Identify => {
                let Some(participant) = &self.participant else { return };
                if self.is_talking().await {
                    let contact = intake.open().await;
                    let joined = intake.recognize(&contact, participant).await.contact.unwrap();
                    assert_eq!(joined.origin_contact_id, self.contact);
                    self.calls.push(contact);
                }
            }
            Step::Decide(verdict) => {
                let decisions = intake.to_decide().await;
                if let Some(decision) = decisions.iter().find(|decision| decision.contact_id == self.contact) {
                    let _ = intake.make_decision(&decision.decision_id, verdict).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_person_is_nobodys_exactly_while_nothing_is_open_whatever_comes_in_which_order() {
    let intake = Given::new().await;
    let mut runner = TestRunner::deterministic();
    for night in 0..NIGHTS {
        let steps = prop::collection::vec(step(), STEPS).new_tree(&mut runner).unwrap().current();
        let participant = match night % 2 {
            0 => None,
            _ => Some(intake.enroll(&format!("+120255501{night:02}")).await),
        };
        let contact = match &participant {
            None => intake.open().await,
            Some(participant) => intake.open_for(participant).await,
        };
        let mut played = Night {
            intake: &intake,
            contact,
            participant,
            calls: Vec::new(),
            assignments: BTreeMap::new(),
            screenings: 0,
            open_referrals: Vec::new(),
            ended_up_to: 0,
        };
        for (index, (step, in_call, twice)) in steps.iter().enumerate() {
            played.take(*step, *in_call).await;
            if *twice && !matches!(step, Step::RegisterReferral | Step::Call | Step::EndReferral) {
                played.take(*step, *in_call).await;
            }
            let (_, is_somebodys) = intake.owners(&played.contact).await;
            assert_eq!(is_somebodys, played.is_open().await, "night {night} after {:?}", &steps[..=index]);
        }
    }
}
