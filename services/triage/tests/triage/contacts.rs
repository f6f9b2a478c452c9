//! Whose contacts triage takes a person's word about.

use harborline_proto::common::v1 as common;
use harborline_proto::triage::v1::AsqAnswer;
use harborline_status::Reason;
use harborline_testkit::{assert_refused, owner};
use harborline_types::ContactId;
use tonic_types::StatusExt;

use crate::fixture::{Given, facts, judgment, screening};

#[tokio::test]
async fn a_contact_that_intake_does_not_know_is_not_found_and_nothing_is_written_for_it() {
    let given = Given::new().await;
    let contact = ContactId::new();
    given.hub.forgets(contact);
    let refused = given.screen(screening(contact, AsqAnswer::Yes, AsqAnswer::No)).await.map(drop);
    assert_refused(refused, Reason::ContactNotFound);
    assert_refused(given.judge(judgment(contact, common::Acuity::Emergency)).await, Reason::ContactNotFound);
    for table in ["contact_facts", "screening", "assessment", "duty", "answered_request"] {
        let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")));
        let rows: i64 = rows.fetch_one(&owner(&given.app.store)).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}

#[tokio::test]
async fn while_intake_is_down_its_own_contacts_are_assessed_and_a_counselors_screening_is_to_be_repeated() {
    let given = Given::new().await;
    let (known, new) = (ContactId::new(), ContactId::new());
    given.hub.is_down(true);
    given.assess(facts(known, &[common::Signal::Overdose])).await.unwrap();
    let screens = [known, new].map(|contact| screening(contact, AsqAnswer::Yes, AsqAnswer::No));
    for screen in &screens {
        let refused = assert_refused(given.screen(screen.clone()).await.map(drop), Reason::TemporarilyUnavailable);
        assert!(refused.get_details_retry_info().is_some(), "it says when to repeat");
    }
    given.screen_as_supervisor(screens[0].clone()).await.unwrap();
    given.hub.is_down(false);
    for screen in screens {
        given.screen(screen).await.unwrap();
    }
}

#[tokio::test]
async fn intake_is_asked_once_for_a_contact_that_it_has_not_named_and_each_time_whose_a_counselor_says_it_is() {
    let given = Given::new().await;
    let contact = ContactId::new();
    for _ in 0..3 {
        given.screen_as_supervisor(screening(contact, AsqAnswer::Yes, AsqAnswer::No)).await.unwrap();
    }
    assert_eq!(given.hub.questions(), 1);
    for _ in 0..2 {
        given.screen(screening(contact, AsqAnswer::Yes, AsqAnswer::No)).await.unwrap();
    }
    assert_eq!(given.hub.questions(), 3);
}

#[tokio::test]
async fn who_has_nothing_to_do_with_a_contact_neither_sees_nor_judges_it() {
    let given = Given::new().await;
    let contact = ContactId::new();
    given.assess(facts(contact, &[common::Signal::Stress])).await.unwrap();
    given.hub.unassigns("ana");
    let refused = given.screen(screening(contact, AsqAnswer::Yes, AsqAnswer::No)).await.map(drop);
    assert_refused(refused, Reason::CallerNotAllowed);
    assert_refused(given.judge(judgment(contact, common::Acuity::Emergency)).await, Reason::CallerNotAllowed);
    assert_refused(given.newest(contact).await.map(drop), Reason::CallerNotAllowed);
}
