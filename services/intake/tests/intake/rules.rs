//! Program rules: put, changed and ended in versions, shown to the counselor, and seen to once somebody has answered.

use chrono::TimeDelta;
use harborline_identity::Role;
use harborline_proto::common::v1::{CallerKind, ClosingDuty, Signal};
use harborline_proto::intake::v1::program_rule_service_server::ProgramRuleService;
use harborline_proto::intake::v1::{self as pb, ContactState, Outcome, RuleAct};
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, request};
use harborline_types::Clock;
use harborline_types::wire::timestamp;
use tonic::Status;

use crate::fixture::{Given, id};
use crate::same_caller::asks;

const NUMBER: &str = "+12025550101";

fn line(act: RuleAct, text: &str) -> pb::RuleLine {
    pb::RuleLine { act: act.into(), text: text.to_owned() }
}

/// The DBT 24-hour rule, as a program may put it.
fn dbt() -> pb::ProgramRule {
    pb::ProgramRule {
        title: "24 hours".to_owned(),
        when: Some(pb::RuleCondition { self_harm_within_hours: 24, ..pb::RuleCondition::default() }),
        r#do: vec![line(RuleAct::Screen, "Ask about safety.")],
        dont: vec![line(RuleAct::CoachSkills, "No coaching.")],
        closing_duties: vec![ClosingDuty::SafetyPlanReviewed.into()],
        ..pb::ProgramRule::default()
    }
}

fn second_counselor() -> pb::ProgramRule {
    pb::ProgramRule {
        title: "Two".to_owned(),
        r#do: vec![line(RuleAct::Consult, "Another counselor joins.")],
        asks_second_counselor: true,
        ..pb::ProgramRule::default()
    }
}

fn putting(key: &str, participant_id: &str, rule: pb::ProgramRule) -> pb::PutProgramRuleRequest {
    let (key, participant_id) = (key.to_owned(), participant_id.to_owned());
    pb::PutProgramRuleRequest { request_id: id(), key, participant_id, etag: String::new(), rule: Some(rule) }
}

impl Given {
    async fn put_rule(&self, message: pb::PutProgramRuleRequest) -> Result<pb::KeptRule, Status> {
        let call = self.as_("lead", Role::CareTeam);
        Ok(self.rpc.put_program_rule(request(&call, message)).await?.into_inner().rule.unwrap())
    }

    async fn end_rule(&self, key: &str, etag: &str) -> Result<pb::KeptRule, Status> {
        let (key, etag) = (key.to_owned(), etag.to_owned());
        let message = pb::EndProgramRuleRequest { request_id: id(), key, participant_id: String::new(), etag };
        let call = self.as_("lead", Role::CareTeam);
        Ok(self.rpc.end_program_rule(request(&call, message)).await?.into_inner().rule.unwrap())
    }

    async fn rules(&self, participant_id: &str) -> Vec<pb::KeptRule> {
        let message = pb::ListProgramRulesRequest { participant_id: participant_id.to_owned() };
        let call = self.as_("lead", Role::CareTeam);
        self.rpc.list_program_rules(request(&call, message)).await.unwrap().into_inner().rules
    }

    async fn versions(&self, key: &str) -> Vec<(i64, bool)> {
        let message = pb::ListProgramRuleVersionsRequest { key: key.to_owned(), participant_id: String::new() };
        let call = self.as_("lead", Role::CareTeam);
        let answer = self.rpc.list_program_rule_versions(request(&call, message)).await.unwrap().into_inner();
        answer.versions.into_iter().map(|kept| (kept.version, kept.is_in_force)).collect()
    }

    /// The rules that fire, as ana sees them.
    async fn fired(&self, contact_id: &str) -> Vec<pb::FiredRule> {
        let message = pb::ListFiredRulesRequest { contact_id: contact_id.to_owned() };
        let call = self.as_("ana", Role::Counselor);
        self.rpc.list_fired_rules(request(&call, message)).await.unwrap().into_inner().rules
    }

    async fn fired_keys(&self, contact_id: &str) -> Vec<String> {
        self.fired(contact_id).await.into_iter().map(|fired| fired.key).collect()
    }

    async fn self_harm(&self, participant_id: &str, hours_ago: i64) -> Result<pb::RecordSelfHarmResponse, Status> {
        let happened_at = Some(timestamp(Clock::System.now() - TimeDelta::hours(hours_ago)));
        let participant_id = participant_id.to_owned();
        let message = pb::RecordSelfHarmRequest { request_id: id(), participant_id, happened_at };
        Ok(self.rpc.record_self_harm(request(&self.as_("lead", Role::CareTeam), message)).await?.into_inner())
    }

    async fn answered_for(&self, participant_id: &str) -> String {
        let contact = self.open_for(participant_id).await;
        assert!(self.assign(&contact, "ana", 1).await);
        contact
    }
}

#[tokio::test]
async fn a_rule_is_kept_in_versions_and_nobodys_change_is_undone_unseen() {
    let intake = Given::new().await;
    let first = intake.put_rule(putting("dbt-24-hours", "", dbt())).await.unwrap();
    assert_eq!((first.version, first.is_in_force), (1, true));
    assert_refused(intake.put_rule(putting("dbt-24-hours", "", dbt())).await, Reason::EtagMismatch);
    let again = pb::PutProgramRuleRequest { etag: first.etag.clone(), ..putting("dbt-24-hours", "", dbt()) };
    let second = intake.put_rule(again).await.unwrap();
    assert_refused(intake.end_rule("dbt-24-hours", &first.etag).await, Reason::EtagMismatch);
    let ended = intake.end_rule("dbt-24-hours", &second.etag).await.unwrap();
    assert!(!ended.is_in_force && ended.put_by.unwrap().person_id == "lead");
    // The last one is the shipped rule, as it was before the program put its own.
    assert_eq!(intake.versions("dbt-24-hours").await, [(3, false), (2, true), (1, true), (0, false)]);
    assert_refused(intake.end_rule("no-such-rule", "").await, Reason::ProgramRuleNotFound);
}

#[tokio::test]
async fn a_rule_that_would_lower_a_risk_or_keep_somebody_from_being_answered_is_refused_with_every_line() {
    let intake = Given::new().await;
    let dont = vec![
        line(RuleAct::Answer, "Do not answer at night."),
        line(RuleAct::CoachSkills, "No coaching."),
        line(RuleAct::Screen, "Do not ask."),
    ];
    let refused = intake.put_rule(putting("Night", "", pb::ProgramRule { dont, ..dbt() })).await;
    let fields = violations_of(&assert_refused(refused, Reason::RequestInvalid));
    assert_eq!(fields, ["key", "rule.dont[0].act", "rule.dont[2].act"]);
    let nothing = pb::ProgramRule { title: "Nothing".to_owned(), ..pb::ProgramRule::default() };
    let refused = intake.put_rule(putting("nothing", "", nothing)).await;
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["rule.do"]);
    assert_refused(intake.put_rule(putting("dbt", &id(), dbt())).await, Reason::ParticipantNotFound);
}

#[tokio::test]
async fn shipped_rules_hold_until_the_program_ends_them_and_others_wait_to_be_taken_over() {
    let intake = Given::new().await;
    let contact = intake.answered_for(&intake.enroll(NUMBER).await).await;
    assert_eq!(intake.fired_keys(&contact).await, ["mandated-reporter"]);
    let in_force: Vec<_> = intake.rules("").await.into_iter().filter(|kept| kept.is_in_force).collect();
    let keys: Vec<_> = in_force.iter().map(|kept| kept.key.as_str()).collect();
    assert_eq!(keys, ["mandated-reporter", "minors", "no-contact-persons", "preferred-hospital-first"]);
    intake.end_rule("mandated-reporter", "").await.unwrap();
    assert!(intake.fired_keys(&contact).await.is_empty());
    let taken = intake.rules("").await.into_iter().find(|kept| kept.key == "second-counselor").unwrap();
    intake.put_rule(putting("second-counselor", "", taken.rule.unwrap())).await.unwrap();
    assert_eq!(intake.fired_keys(&contact).await, ["second-counselor"]);
}

#[tokio::test]
async fn after_self_harm_there_is_no_coaching_and_what_is_asked_for_is_done_before_the_contact_closes() {
    let intake = Given::new().await;
    let participant = intake.enroll(NUMBER).await;
    intake.put_rule(putting("dbt", &participant, dbt())).await.unwrap();
    intake.self_harm(&participant, 30).await.unwrap();
    let contact = intake.answered_for(&participant).await;
    intake.settle().await;
    assert_eq!(intake.fired_keys(&contact).await, ["mandated-reporter"], "30 hours are over");
    intake.ana_closes(&contact, Outcome::Resolved).await;

    intake.self_harm(&participant, 5).await.unwrap();
    let last = intake.self_harm(&participant, 40).await.unwrap().last_self_harm_at.unwrap();
    assert!(last.seconds > Clock::System.now().timestamp() - 6 * 3600, "the latest counts");
    assert_refused(intake.self_harm(&participant, -1).await, Reason::RequestInvalid);
    assert_refused(intake.self_harm(&id(), 1).await, Reason::ParticipantNotFound);
    let contact = intake.answered_for(&participant).await;
    let fired = intake.fired(&contact).await.remove(0);
    assert_eq!(fired.reasons, ["self-harm 5 hours ago, less than 24"]);
    assert!(fired.participant_id == participant && fired.dont == [line(RuleAct::CoachSkills, "No coaching.")]);
    intake.settle().await;
    let ana = intake.as_("ana", Role::Counselor);
    let owed: Vec<_> = intake.contact(&contact).await.assessment.unwrap().closing_duties().collect();
    assert_eq!(owed.last(), Some(&ClosingDuty::SafetyPlanReviewed));
    let acuity = [ClosingDuty::ReasonCoded];
    intake.complete(&ana, &contact, &acuity).await.unwrap();
    let refused = intake.close(&ana, &contact, Outcome::Resolved).await;
    assert_refused(refused, Reason::ClosingDutiesOpen);
    intake.complete(&ana, &contact, &[ClosingDuty::SafetyPlanReviewed]).await.unwrap();
    intake.close(&ana, &contact, Outcome::Resolved).await.unwrap();
}

#[tokio::test]
async fn what_is_stated_in_a_contact_counts_as_self_harm() {
    let intake = Given::new().await;
    let participant = intake.enroll(NUMBER).await;
    intake.put_rule(putting("dbt", "", dbt())).await.unwrap();
    let signals = vec![Signal::Overdose.into()];
    let message = pb::OpenContactRequest { signals, ..asks(CallerKind::Participant, &participant) };
    let contact = intake.open_with(message).await.contact_id;
    assert!(intake.assign(&contact, "ana", 1).await);
    assert_eq!(intake.fired_keys(&contact).await, ["dbt", "mandated-reporter"]);
}

#[tokio::test]
async fn a_second_counselor_is_asked_once_somebody_has_answered_and_for_no_other_participant() {
    let intake = Given::new().await;
    let (one, other) = (intake.enroll(NUMBER).await, intake.enroll("+12025550102").await);
    intake.put_rule(putting("two", &one, second_counselor())).await.unwrap();
    let contact = intake.open_for(&one).await;
    intake.settle().await;
    assert_eq!(intake.contact(&contact).await.state(), ContactState::Waiting);
    assert!(intake.neighbors.second_asked.all().is_empty(), "nobody waits for a second one");
    assert!(intake.assign(&contact, "ana", 1).await);
    intake.answered_for(&other).await;
    intake.settle().await;
    let asked = intake.neighbors.second_asked.all();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].contact.to_string(), asked[0].counselor.as_str()), (contact, "ana"));
}

#[tokio::test]
async fn a_caller_who_turns_out_to_be_somebody_is_cared_for_by_their_rules() {
    let intake = Given::new().await;
    let participant = intake.enroll(NUMBER).await;
    intake.put_rule(putting("two", &participant, second_counselor())).await.unwrap();
    let contact = intake.open().await;
    assert!(intake.assign(&contact, "ana", 1).await);
    intake.settle().await;
    assert!(intake.neighbors.second_asked.all().is_empty());
    assert_eq!(intake.fired_keys(&contact).await, ["mandated-reporter"]);
    intake.recognize(&contact, &participant).await;
    intake.settle().await;
    assert_eq!(intake.neighbors.second_asked.all().len(), 1);
    assert_eq!(intake.fired_keys(&contact).await, ["two", "mandated-reporter"]);
}
