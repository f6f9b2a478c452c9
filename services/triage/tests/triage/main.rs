//! What triage promises, through its RPCs over a real Postgres; intake is a fake that remembers what it was told.

mod contacts;
mod fixture;
mod lowering;
mod report;

use std::sync::Arc;

use harborline_proto::common::v1 as common;
use harborline_proto::triage::v1::triage_service_server::TriageService;
use harborline_proto::triage::v1::{self as pb, AsqAnswer};
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, request, some_program};
use harborline_triage::domain::protocol_file::BUILT_IN;
use harborline_types::ContactId;
use prost::Message as _;
use tonic::Code;

use crate::fixture::{Given, facts, judgment, screening};

#[tokio::test]
async fn an_assessment_says_how_urgent_why_what_is_needed_and_what_must_be_done() {
    let given = Given::new().await;
    let contact = ContactId::new();
    let assessment = given.assess(facts(contact, &[common::Signal::RelapseToday])).await.unwrap();
    assert_eq!(assessment.acuity(), common::Acuity::High);
    assert_eq!(assessment.reasons, ["relapse_today"]);
    assert_eq!((assessment.sequence, assessment.protocol.as_str()), (1, "iop-default/1"));
    let need = assessment.need.as_ref().unwrap();
    assert_eq!(need.channel(), common::Channel::Message);
    assert_eq!(need.at_least(), common::CounselorKind::CrisisCounselor);
    assert_eq!((need.language.as_str(), need.jurisdiction.as_str()), ("es", "US-VA"));
    assert_eq!(need.skills, ["substance_use"]);
    assert!(assessment.closing_duties().any(|duty| duty == common::ClosingDuty::ScreenComplete));
    assert_eq!(given.newest(contact).await.unwrap().encode_to_vec(), assessment.encode_to_vec());
}

#[tokio::test]
async fn a_rule_may_ask_for_a_skill_at_a_level() {
    let grief = "{ name = \"grief\", level = \"proficient\" }";
    let protocol = BUILT_IN.replace("skills = [\"substance_use\"]", &format!("skills = [\"substance_use\", {grief}]"));
    let given = Given::with_protocol(&protocol).await;
    let contact = ContactId::new();
    given.assess(facts(contact, &[common::Signal::RelapseToday])).await.unwrap();
    let need = given.newest(contact).await.unwrap().need.unwrap();
    let levels: Vec<_> = need.leveled_skills.iter().map(|skill| (skill.name.as_str(), skill.level())).collect();
    use common::SkillLevel::{Basic, Proficient};
    assert_eq!(levels, [("substance_use", Basic), ("grief", Proficient)]);
    assert_eq!(need.skills, ["substance_use", "grief"]);
}

#[tokio::test]
async fn the_same_facts_again_under_a_new_request_id_are_the_same_assessment() {
    let given = Given::new().await;
    let contact = ContactId::new();
    let first = given.assess(facts(contact, &[common::Signal::Panic])).await.unwrap();
    let again = given.assess(facts(contact, &[common::Signal::Panic])).await.unwrap();
    assert_eq!(first.encode_to_vec(), again.encode_to_vec());
    let more = given.assess(facts(contact, &[common::Signal::Overdose])).await.unwrap();
    assert_eq!((more.sequence, more.acuity()), (2, common::Acuity::Emergency));
}

#[tokio::test]
async fn a_screening_is_scored_and_assessed_together_with_everything_known() {
    let given = Given::new().await;
    let contact = ContactId::new();
    given.assess(facts(contact, &[common::Signal::MeansAtHand])).await.unwrap();
    let answer = given.screen(screening(contact, AsqAnswer::Yes, AsqAnswer::Refused)).await.unwrap();
    assert_eq!(answer.result(), pb::AsqResult::AcutePositive);
    let assessment = answer.assessment.unwrap();
    assert_eq!(assessment.acuity(), common::Acuity::Emergency);
    assert_eq!(assessment.reasons[0], "asq_acute_with_means");
}

#[tokio::test]
async fn a_screening_may_come_before_the_contacts_facts() {
    let given = Given::new().await;
    let contact = ContactId::new();
    let answer = given.screen(screening(contact, AsqAnswer::Refused, AsqAnswer::No)).await.unwrap();
    assert_eq!(answer.result(), pb::AsqResult::NonAcutePositive);
    let merged = given.assess(facts(contact, &[common::Signal::Stress])).await.unwrap();
    assert_eq!((merged.acuity(), merged.sequence), (common::Acuity::High, 2));
    assert_eq!(merged.reasons, ["asq_non_acute_positive", "support"]);
    assert_eq!(merged.need.unwrap().channel(), common::Channel::Message);
}

#[tokio::test]
async fn a_negative_screening_does_not_lower_what_the_caller_stated() {
    let given = Given::new().await;
    let contact = ContactId::new();
    given.assess(facts(contact, &[common::Signal::SuicidalThoughts])).await.unwrap();
    let answer = given.screen(screening(contact, AsqAnswer::No, AsqAnswer::Unspecified)).await.unwrap();
    assert_eq!(answer.result(), pb::AsqResult::Negative);
    let assessment = answer.assessment.unwrap();
    assert_eq!(assessment.acuity(), common::Acuity::High);
    assert!(assessment.reasons.contains(&"asq_negative".to_owned()));
}

#[tokio::test]
async fn the_level_of_the_callers_last_contact_holds_and_is_kept_once() {
    let given = Given::new().await;
    let contact = ContactId::new();
    let back = || pb::AssessContactRequest {
        carried_acuity: common::Acuity::Emergency.into(),
        ..facts(contact, &[common::Signal::Stress])
    };
    for _ in 0..2 {
        let assessment = given.assess(back()).await.unwrap();
        assert_eq!((assessment.acuity(), assessment.sequence), (common::Acuity::Emergency, 1));
        assert_eq!(assessment.reasons[0], "earlier_assessment");
    }
    let unknown = given.assess(pb::AssessContactRequest { carried_acuity: 9, ..back() }).await;
    assert_eq!(violations_of(&assert_refused(unknown, Reason::RequestInvalid)), ["carried_acuity"]);
}

#[tokio::test]
async fn an_incomplete_self_screening_raises_and_is_kept_once() {
    let given = Given::new().await;
    let contact = ContactId::new();
    let with_answers = |fifth: AsqAnswer| pb::AssessContactRequest {
        self_screening: Some(pb::AsqAnswers { thoughts_now: fifth.into(), ..Default::default() }),
        ..facts(contact, &[])
    };
    for _ in 0..2 {
        let assessment = given.assess(with_answers(AsqAnswer::Yes)).await.unwrap();
        assert_eq!((assessment.acuity(), assessment.sequence), (common::Acuity::VeryHigh, 1));
        assert_eq!(assessment.reasons, ["self_screening_acute"]);
    }
    let calmer = given.assess(with_answers(AsqAnswer::No)).await.unwrap();
    assert_eq!(calmer.acuity(), common::Acuity::VeryHigh, "the caller's own answers never give the all-clear");
    assert_eq!(given.count("select count(*) from screening where administered = 'self'").await, 2);
}

#[tokio::test]
async fn every_mutation_may_be_repeated_and_refuses_its_request_id_for_another_body() {
    let given = Given::new().await;
    let contact = ContactId::new();
    let other = ContactId::new().to_string();

    let assess = facts(contact, &[common::Signal::Panic]);
    let first = given.assess(assess.clone()).await.unwrap();
    given.judge(judgment(contact, common::Acuity::High)).await.unwrap();
    assert_eq!(
        given.assess(assess.clone()).await.unwrap().encode_to_vec(),
        first.encode_to_vec(),
        "the first answer, not the newest"
    );
    let reused = given.assess(pb::AssessContactRequest { contact_id: other.clone(), ..assess }).await;
    assert_refused(reused, Reason::RequestIdReused);

    let screen = screening(contact, AsqAnswer::Yes, AsqAnswer::No);
    let first = given.screen(screen.clone()).await.unwrap();
    assert_eq!(given.screen(screen.clone()).await.unwrap().encode_to_vec(), first.encode_to_vec());
    let reused = given.screen(pb::RecordScreeningRequest { contact_id: other.clone(), ..screen }).await;
    assert_refused(reused.map(drop), Reason::RequestIdReused);

    let judge = judgment(contact, common::Acuity::High);
    let first = given.judge(judge.clone()).await.unwrap();
    assert_eq!(given.judge(judge.clone()).await.unwrap().encode_to_vec(), first.encode_to_vec());
    assert_refused(given.judge(pb::JudgeAcuityRequest { contact_id: other, ..judge }).await, Reason::RequestIdReused);

    assert_eq!(given.count("select count(*) from assessment").await, 4);
    assert_eq!(given.count("select count(*) from screening").await, 1);
}

#[tokio::test]
async fn a_bad_request_names_all_its_wrong_fields() {
    let given = Given::new().await;
    let assess = pb::AssessContactRequest {
        language: "?".to_owned(),
        jurisdiction: "Virginia".to_owned(),
        signals: vec![99],
        ..Default::default()
    };
    let wrong = ["request_id", "contact_id", "channel", "caller"];
    assert_eq!(violations_of(&assert_refused(given.assess(assess).await, Reason::RequestInvalid)), wrong);

    let refused = given.screen(pb::RecordScreeningRequest::default()).await.map(drop);
    let first_four = ["asq.wished_dead", "asq.better_off_dead", "asq.thoughts_past_week", "asq.ever_tried"];
    let wrong = [["request_id", "contact_id", "asq"].as_slice(), &first_four].concat();
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), wrong);
    let unanswered = screening(ContactId::new(), AsqAnswer::Unspecified, AsqAnswer::Unspecified);
    let refused = given.screen(unanswered).await.map(drop);
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), first_four);
    let fifth_too_much = screening(ContactId::new(), AsqAnswer::No, AsqAnswer::No);
    let refused = given.screen(fifth_too_much).await.map(drop);
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["asq.thoughts_now"]);

    let judge = pb::JudgeAcuityRequest { reason: "x".repeat(2001), ..Default::default() };
    let wrong = ["request_id", "contact_id", "acuity", "reason"];
    assert_eq!(violations_of(&assert_refused(given.judge(judge).await, Reason::RequestInvalid)), wrong);
    let refused = given.rpc.get_assessment(request(&given.ana(), pb::GetAssessmentRequest::default())).await;
    assert_eq!(violations_of(&assert_refused(refused.map(drop), Reason::RequestInvalid)), ["contact_id"]);
}

#[tokio::test]
async fn another_programs_contact_is_not_found_and_its_facts_are_not_mixed() {
    let given = Given::new().await;
    let contact = ContactId::new();
    given.assess(facts(contact, &[common::Signal::Overdose])).await.unwrap();
    let elsewhere =
        Given { program: some_program(), rpc: given.rpc.clone(), app: given.app.clone(), hub: given.hub.clone() };
    let refused = assert_refused(elsewhere.newest(contact).await, Reason::AssessmentNotFound);
    assert_eq!(refused.code(), Code::NotFound);
    let theirs = elsewhere.assess(facts(contact, &[common::Signal::Stress])).await.unwrap();
    assert_eq!((theirs.acuity(), theirs.sequence), (common::Acuity::Routine, 1));
    assert_eq!(given.newest(contact).await.unwrap().acuity(), common::Acuity::Emergency);
}

#[tokio::test]
async fn the_protocol_in_force_lists_its_rules_by_acuity() {
    let given = Given::new().await;
    let answer = given.rpc.get_protocol(request(&given.ana(), pb::GetProtocolRequest {})).await.unwrap().into_inner();
    assert_eq!(answer.protocol, "iop-default/1");
    assert!(answer.in_force_since.is_some());
    assert!(answer.rules.is_sorted_by_key(|rule| rule.acuity));
    assert_eq!(answer.rules[0].name, "attempt_in_progress");
}

#[tokio::test]
async fn the_database_refuses_to_change_what_was_concluded() {
    let given = Given::new().await;
    given.assess(facts(ContactId::new(), &[])).await.unwrap();
    for change in ["update assessment set acuity = 5", "delete from assessment"] {
        let refused = sqlx::query(change).execute(&owner(&given.app.store)).await;
        assert!(refused.is_err(), "{change}");
    }
}

#[tokio::test]
async fn concurrent_facts_of_one_contact_follow_one_another() {
    let given = Arc::new(Given::new().await);
    let contact = ContactId::new();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let given = given.clone();
            tokio::spawn(async move {
                let answer = given.screen(screening(contact, AsqAnswer::Yes, AsqAnswer::No)).await.unwrap();
                answer.assessment.unwrap().sequence
            })
        })
        .collect();
    let mut sequences = Vec::new();
    for call in calls {
        sequences.push(call.await.unwrap());
    }
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=8).collect::<Vec<i64>>());
}
