//! Skills with levels: put, read, required of a counselor, explained.

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::coverage_service_server::CoverageService;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::{Acuity, Need, Reason, Skill, SkillLevel};
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, owner, request};
use harborline_types::RequirementId;

use crate::fixture::{Given, a_counselor, id, need, unhurried};

fn skill(name: &str, level: SkillLevel) -> Skill {
    Skill { name: name.to_owned(), level: level.into() }
}

fn trained(name: &str, leveled_skills: Vec<Skill>) -> pb::Counselor {
    pb::Counselor { leveled_skills, ..a_counselor(name) }
}

async fn known(given: &Given, name: &str) -> pb::Counselor {
    let get = pb::GetCounselorRequest { counselor_id: name.to_owned() };
    given.services.get_counselor(request(&given.administrator(), get)).await.unwrap().into_inner().counselor.unwrap()
}

#[tokio::test]
async fn a_plain_skill_is_basic_the_higher_level_counts_and_answers_say_both() {
    let given = Given::new(unhurried()).await;
    let skills = vec!["grief".to_owned(), "youth".to_owned()];
    let leveled = vec![skill("grief", SkillLevel::Expert), skill("veterans", SkillLevel::Unspecified)];
    given.hire(pb::Counselor { skills, ..trained("ana", leveled) }).await;
    let ana = known(&given, "ana").await;
    assert_eq!(ana.skills, ["grief", "youth", "veterans"]);
    let basic = |name| skill(name, SkillLevel::Basic);
    assert!(ana.leveled_skills == [skill("grief", SkillLevel::Expert), basic("youth"), basic("veterans")]);

    // An answer may be put again as it is. A client without levels puts the names alone.
    given.hire(ana.clone()).await;
    assert!(known(&given, "ana").await == ana);
    given.hire(pb::Counselor { leveled_skills: vec![], ..ana }).await;
    assert!(known(&given, "ana").await.leveled_skills == [basic("grief"), basic("youth"), basic("veterans")]);

    let wrong = vec![skill("", SkillLevel::Basic), Skill { name: "grief".to_owned(), level: 4 }];
    let put = pb::PutCounselorRequest { request_id: id(), counselor: Some(trained("ana", wrong)) };
    let refused = given.services.put_counselor(request(&given.administrator(), put)).await;
    let named = violations_of(&assert_refused(refused, Reason::RequestInvalid));
    assert_eq!(named, ["counselor.leveled_skills[0].name", "counselor.leveled_skills[1].level"]);
}

#[tokio::test]
async fn a_counselor_below_the_level_of_a_skill_is_not_asked_and_the_explanation_says_why() {
    let mut given = Given::new(unhurried()).await;
    given.hire(trained("ana", vec![skill("grief", SkillLevel::Basic)])).await;
    given.hire(trained("bo", vec![skill("grief", SkillLevel::Expert)])).await;
    let _ana = given.attend("ana").await;
    let asked = |level| Need { leveled_skills: vec![skill("grief", level)], ..need() };
    let hard = given.enqueue_needing(Acuity::High, asked(SkillLevel::Proficient)).await;
    let ticket = given.ticket(hard).await;
    assert!(ticket.need == Some(Need { skills: vec!["grief".to_owned()], ..asked(SkillLevel::Proficient) }));
    let message = pb::ExplainTicketRequest { contact_id: hard.to_string() };
    let explained = given.services.explain_ticket(request(&given.administrator(), message)).await.unwrap().into_inner();
    let counts: Vec<_> = explained.considerations.iter().map(|one| (one.on_duty, one.skill, one.eligible)).collect();
    assert_eq!(counts, [(1, 1, 0)]);

    // The next matcher reads the same levels from the database.
    given.kill();
    let other = given.another_replica().await;
    given.services = other.services.clone();
    let mut bo = given.attend("bo").await;
    assert_eq!(bo.offer().await.contact_id, hard.to_string());
}

#[tokio::test]
async fn an_older_row_of_names_alone_asks_for_any_level_and_a_raise_may_ask_for_one() {
    let given = Given::new(unhurried()).await;
    let contact = given.enqueue_needing(Acuity::Moderate, Need { skills: vec!["grief".to_owned()], ..need() }).await;
    let levels = "select skill_levels::text from ticket";
    let levels = || async { sqlx::query_scalar::<_, String>(levels).fetch_one(&owner(&given.store)).await.unwrap() };
    assert_eq!(levels().await, "{}");
    let raised = Need { leveled_skills: vec![skill("grief", SkillLevel::Expert)], ..need() };
    let message = pb::RaiseTicketRequest {
        request_id: id(),
        contact_id: contact.to_string(),
        acuity: Acuity::High.into(),
        need: Some(raised),
        caller_is_back: false,
    };
    given.services.raise_ticket(request(&given.intake_call(), message)).await.unwrap();
    assert_eq!(levels().await, r#"{"grief": "expert"}"#);
}

#[tokio::test]
async fn a_coverage_requirement_keeps_the_levels_that_it_asks_for() {
    let given = Given::with_roster("America/New_York", &[]).await;
    let asked = pb::CoverageRequirement {
        requirement_id: RequirementId::new().to_string(),
        at_least: 1,
        leveled_skills: vec![skill("grief", SkillLevel::Proficient)],
        starts: "08:00".to_owned(),
        ends: "16:00".to_owned(),
        ..pb::CoverageRequirement::default()
    };
    let put = pb::PutCoverageRequirementRequest { request_id: id(), requirement: Some(asked.clone()) };
    let put = given.services.put_coverage_requirement(request(&given.administrator(), put)).await.unwrap();
    let etag = put.into_inner().requirement.unwrap().etag;
    let list = pb::ListCoverageRequirementsRequest::default();
    let listed = given.services.list_coverage_requirements(request(&given.administrator(), list)).await.unwrap();
    let expected = pb::CoverageRequirement { skills: vec!["grief".to_owned()], etag, ..asked };
    assert!(listed.into_inner().requirements == [expected]);
}
