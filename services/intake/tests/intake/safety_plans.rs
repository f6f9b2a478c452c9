//! Safety plans, which participants and counselors write together.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use harborline_identity::{Call, Role};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::safety_plan_service_server::SafetyPlanService;
use harborline_status::Reason;
use harborline_testkit::{assert_refused, owner, request, wait_for};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tonic::Status;

use crate::fixture::{Given, draft, id};
use crate::permits::participant;

use pb::SafetyPlanSection::{OwnCoping, PeopleToAsk, WarningSigns};

fn words(text: &str) -> pb::SafetyPlanWords {
    pb::SafetyPlanWords { text: text.to_owned(), ..pb::SafetyPlanWords::default() }
}

fn texts(plan: &pb::SafetyPlan) -> Vec<String> {
    plan.entries.iter().map(|entry| entry.words.as_ref().unwrap().text.clone()).collect()
}

fn adding(participant_id: &str, section: pb::SafetyPlanSection, text: &str) -> pb::AddSafetyPlanEntryRequest {
    pb::AddSafetyPlanEntryRequest {
        request_id: id(),
        participant_id: participant_id.to_owned(),
        entry: Some(draft(section, text)),
        after_entry_id: String::new(),
    }
}

fn changing(participant_id: &str, entry: &pb::SafetyPlanEntry, text: &str) -> pb::ChangeSafetyPlanEntryRequest {
    pb::ChangeSafetyPlanEntryRequest {
        request_id: id(),
        participant_id: participant_id.to_owned(),
        entry_id: entry.entry_id.clone(),
        etag: entry.etag.clone(),
        words: Some(words(text)),
    }
}

fn moving_to_the_top(participant_id: &str, entry: &pb::SafetyPlanEntry) -> pb::MoveSafetyPlanEntryRequest {
    pb::MoveSafetyPlanEntryRequest {
        request_id: id(),
        participant_id: participant_id.to_owned(),
        entry_id: entry.entry_id.clone(),
        section: entry.section,
        after_entry_id: String::new(),
    }
}

impl Given {
    async fn plan_as(&self, by: &Call, participant_id: &str) -> Result<pb::SafetyPlan, Status> {
        self.plan_of(by, participant_id, 0).await
    }

    async fn plan_of(&self, by: &Call, participant_id: &str, version: i64) -> Result<pb::SafetyPlan, Status> {
        let message = pb::GetSafetyPlanRequest { participant_id: participant_id.to_owned(), version };
        Ok(self.rpc.get_safety_plan(request(by, message)).await?.into_inner().plan.unwrap())
    }

    async fn plan(&self, participant_id: &str) -> pb::SafetyPlan {
        self.plan_as(&self.as_("supervisor", Role::Supervisor), participant_id).await.unwrap()
    }

    async fn add(&self, by: &Call, message: pb::AddSafetyPlanEntryRequest) -> Result<pb::SafetyPlan, Status> {
        Ok(self.rpc.add_safety_plan_entry(request(by, message)).await?.into_inner().plan.unwrap())
    }

    async fn change(&self, by: &Call, message: pb::ChangeSafetyPlanEntryRequest) -> Result<pb::SafetyPlan, Status> {
        Ok(self.rpc.change_safety_plan_entry(request(by, message)).await?.into_inner().plan.unwrap())
    }

    async fn agree(
        &self,
        by: &Call,
        participant_id: &str,
        version: i64,
        contact: &str,
    ) -> Result<pb::SafetyPlan, Status> {
        let (participant_id, contact_id) = (participant_id.to_owned(), contact.to_owned());
        let message = pb::AgreeToSafetyPlanRequest { request_id: id(), participant_id, version, contact_id };
        Ok(self.rpc.agree_to_safety_plan(request(by, message)).await?.into_inner().plan.unwrap())
    }

    async fn watch_plan(
        &self,
        participant_id: &str,
        cursor: &str,
    ) -> Result<impl Stream<Item = Result<pb::WatchSafetyPlanResponse, Status>> + Unpin + use<>, Status> {
        let (participant_id, cursor) = (participant_id.to_owned(), cursor.to_owned());
        let call = self.as_("supervisor", Role::Supervisor);
        let message = pb::WatchSafetyPlanRequest { participant_id, cursor };
        Ok(self.rpc.watch_safety_plan(request(&call, message)).await?.into_inner())
    }
}

async fn next(
    stream: &mut (impl Stream<Item = Result<pb::WatchSafetyPlanResponse, Status>> + Unpin),
) -> pb::WatchSafetyPlanResponse {
    let sent = wait_for("something is sent", stream.next()).await.expect("the stream goes on");
    sent.unwrap_or_else(|status| panic!("{}", status.message()))
}

#[tokio::test]
async fn participant_and_counselor_edit_one_plan_and_nobodys_words_are_written_over() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let (own, ana) = (participant(&intake, "app-1", &participant_id), intake.as_("ana", Role::Counselor));
    assert_refused(intake.plan_as(&ana, &participant_id).await, Reason::CallerNotAllowed);
    let contact = intake.open_for(&participant_id).await;
    assert!(intake.assign(&contact, "ana", 1).await);

    let read = intake.plan_as(&own, &participant_id).await.unwrap();
    let entry = &read.entries[0];
    intake.change(&own, changing(&participant_id, entry, "not sleeping, not eating")).await.unwrap();
    let lost = intake.change(&ana, changing(&participant_id, entry, "restless")).await;
    assert_refused(lost, Reason::EtagMismatch);
    intake.add(&ana, adding(&participant_id, WarningSigns, "restless")).await.unwrap();
    let plan = intake.add(&own, adding(&participant_id, OwnCoping, "a walk")).await.unwrap();
    assert_eq!(
        (texts(&plan), plan.version),
        (["not sleeping, not eating", "restless", "a walk"].map(str::to_owned).to_vec(), 4)
    );
    assert_eq!(plan.entries[1].changed_by.as_ref().unwrap().person_id, "ana");
    assert_eq!(plan.entries[0].changed_by.as_ref().unwrap().name, "participant", "no name of somebody in care");
}

#[tokio::test]
async fn a_plan_is_seen_by_who_treats_the_participant_and_by_nobody_else() {
    let intake = Given::new().await;
    let (own, other) = (intake.enroll("+12025550101").await, intake.enroll("+12025550102").await);
    let stranger = participant(&intake, "app-2", &other);
    assert_refused(intake.plan_as(&stranger, &own).await, Reason::CallerNotAllowed);
    assert_refused(intake.plan_as(&stranger, &id()).await, Reason::CallerNotAllowed);
    assert_refused(intake.add(&stranger, adding(&own, OwnCoping, "a walk")).await, Reason::CallerNotAllowed);
    let family = intake.as_("sister", Role::FamilyMember);
    assert_refused(intake.plan_as(&family, &own).await, Reason::CallerNotAllowed);
    let supervisor = intake.as_("supervisor", Role::Supervisor);
    assert_refused(intake.plan_as(&supervisor, &id()).await, Reason::ParticipantNotFound);
    assert_refused(intake.add(&supervisor, adding(&id(), OwnCoping, "a walk")).await, Reason::ParticipantNotFound);
    let elsewhere = intake.elsewhere();
    elsewhere.put_program().await;
    let theirs = elsewhere.as_("supervisor", Role::Supervisor);
    assert_refused(elsewhere.plan_as(&theirs, &own).await, Reason::ParticipantNotFound);
    assert_refused(elsewhere.add(&theirs, adding(&own, OwnCoping, "a walk")).await, Reason::ParticipantNotFound);
}

#[tokio::test]
async fn an_entry_is_removed_and_moved_and_what_is_not_there_is_not_found() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let call = intake.as_("supervisor", Role::Supervisor);
    let plan = intake.add(&call, adding(&participant_id, WarningSigns, "restless")).await.unwrap();
    let moving = moving_to_the_top(&participant_id, &plan.entries[1]);
    let moved = intake.rpc.move_safety_plan_entry(request(&call, moving)).await.unwrap().into_inner().plan.unwrap();
    assert_eq!(texts(&moved), ["restless", "not sleeping"]);
    let removing = |etag: &str| pb::RemoveSafetyPlanEntryRequest {
        request_id: id(),
        participant_id: participant_id.clone(),
        entry_id: plan.entries[1].entry_id.clone(),
        etag: etag.to_owned(),
    };
    assert_refused(intake.rpc.remove_safety_plan_entry(request(&call, removing("7"))).await, Reason::EtagMismatch);
    intake.rpc.remove_safety_plan_entry(request(&call, removing("1"))).await.unwrap();
    let gone = intake.rpc.remove_safety_plan_entry(request(&call, removing("1"))).await;
    assert_refused(gone, Reason::SafetyPlanEntryNotFound);
    assert_eq!(texts(&intake.plan(&participant_id).await), ["not sleeping"]);
}

#[tokio::test]
async fn agreement_and_review_are_of_the_version_that_was_read() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let own = participant(&intake, "app-1", &participant_id);
    let agreed = intake.agree(&own, &participant_id, 1, "").await.unwrap();
    assert!(!agreed.awaits_agreement);
    assert_eq!(agreed.agreement.unwrap().by.unwrap().name, "participant");
    let supervisor = intake.as_("supervisor", Role::Supervisor);
    let plan = intake.add(&supervisor, adding(&participant_id, OwnCoping, "a walk")).await.unwrap();
    assert!(plan.awaits_agreement);
    assert_refused(intake.agree(&own, &participant_id, 1, "").await, Reason::EtagMismatch);

    let (contact, other) = (intake.open_for(&participant_id).await, intake.open().await);
    let of_another = intake.agree(&supervisor, &participant_id, 2, &other).await;
    assert_refused(of_another, Reason::ContactNotFound);
    let told = intake.agree(&supervisor, &participant_id, 2, &contact).await.unwrap().agreement.unwrap();
    assert_eq!((told.version, told.contact_id, told.by.unwrap().person_id), (2, contact, "supervisor".to_owned()));
    let contact_id = String::new();
    let message = pb::ReviewSafetyPlanRequest { request_id: id(), participant_id, version: 2, contact_id };
    assert_refused(intake.rpc.review_safety_plan(request(&own, message.clone())).await, Reason::CallerNotAllowed);
    let reviewed = intake.rpc.review_safety_plan(request(&supervisor, message)).await.unwrap().into_inner();
    assert_eq!(reviewed.plan.unwrap().review.unwrap().version, 2);
}

#[tokio::test]
async fn versions_are_listed_by_pages_and_told_from_each_other() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let call = intake.as_("supervisor", Role::Supervisor);
    let plan = intake.add(&call, adding(&participant_id, OwnCoping, "a walk")).await.unwrap();
    intake.change(&call, changing(&participant_id, &plan.entries[0], "not eating")).await.unwrap();
    let list = async |page_token: String| {
        let participant_id = participant_id.clone();
        let message = pb::ListSafetyPlanVersionsRequest { participant_id, page_size: 2, page_token };
        let answer = intake.rpc.list_safety_plan_versions(request(&call, message)).await.unwrap().into_inner();
        let numbers: Vec<_> = answer.versions.iter().map(|version| version.version).collect();
        (numbers, answer.next_page_token)
    };
    let (newest, token) = list(String::new()).await;
    let (rest, end) = list(token).await;
    assert_eq!((newest, rest, end.as_str()), (vec![3, 2], vec![1], ""));

    let compare = async |from_version, to_version| {
        let participant_id = participant_id.clone();
        let message = pb::CompareSafetyPlanVersionsRequest { participant_id, from_version, to_version };
        let answer = intake.rpc.compare_safety_plan_versions(request(&call, message)).await?;
        let text = |entry: Option<pb::SafetyPlanEntry>| entry.map_or(String::new(), |entry| entry.words.unwrap().text);
        let differences = answer.into_inner().differences.into_iter();
        Ok::<_, Status>(differences.map(|one| (text(one.before), text(one.after))).collect::<Vec<_>>())
    };
    let pair = |before: &str, after: &str| (before.to_owned(), after.to_owned());
    assert_eq!(compare(1, 0).await.unwrap(), [pair("", "a walk"), pair("not sleeping", "not eating")]);
    assert_eq!(compare(0, 1).await.unwrap(), [pair("", "not sleeping")]);
    assert_eq!(compare(3, 0).await.unwrap(), []);
    for (from, to) in [(2, 1), (4, 0), (1, 4), (-1, 1)] {
        assert_refused(compare(from, to).await, Reason::RequestInvalid);
    }
}

#[tokio::test]
async fn an_earlier_version_is_shown_as_it_was() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let call = intake.as_("supervisor", Role::Supervisor);
    let plan = intake.add(&call, adding(&participant_id, WarningSigns, "restless")).await.unwrap();
    let moving = moving_to_the_top(&participant_id, &plan.entries[1]);
    intake.rpc.move_safety_plan_entry(request(&call, moving)).await.unwrap();
    intake.change(&call, changing(&participant_id, &plan.entries[0], "not eating")).await.unwrap();
    intake.agree(&call, &participant_id, 4, "").await.unwrap();
    let expected: [&[&str]; 4] =
        [&["not sleeping"], &["not sleeping", "restless"], &["restless", "not sleeping"], &["restless", "not eating"]];
    for (version, expected) in (1..).zip(expected) {
        let plan = intake.plan_of(&call, &participant_id, version).await.unwrap();
        assert_eq!((texts(&plan), plan.version), (expected.iter().map(ToString::to_string).collect(), version));
        assert_eq!(plan.agreement.unwrap().version, 4, "the last one, with its own version");
    }
    assert!(intake.plan_of(&call, &participant_id, 2).await.unwrap().entries == plan.entries);
    for version in [5, -1] {
        assert_refused(intake.plan_of(&call, &participant_id, version).await, Reason::RequestInvalid);
    }
}

#[tokio::test]
async fn the_plan_is_told_as_text_without_the_numbers_of_people_who_have_not_agreed_to_be_contacted() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let call = intake.as_("supervisor", Role::Supervisor);
    let mut adding = adding(&participant_id, PeopleToAsk, "my sister");
    adding.entry.as_mut().unwrap().words.as_mut().unwrap().phone_number = "+12025550188".to_owned();
    let plan = intake.add(&call, adding).await.unwrap();
    let entry = &plan.entries[1];
    assert_eq!(entry.words.as_ref().unwrap().phone_number, "+12025550188", "the plan itself has it");
    let tell = async || {
        let message = pb::GetSafetyPlanTextRequest { participant_id: participant_id.clone() };
        intake.rpc.get_safety_plan_text(request(&call, message)).await.unwrap().into_inner()
    };
    let (signs, people) =
        ("How I notice that a crisis begins:\n- not sleeping", "People whom I can ask for help:\n- my sister");
    let told = tell().await;
    assert_eq!((told.text, told.version), (format!("{signs}\n\n{people}"), 2));
    assert_eq!(told.parts.concat(), format!("{signs}\n\n{people}"), "short enough for one part");

    let mut agreed = changing(&participant_id, entry, "my sister");
    agreed.words = Some(pb::SafetyPlanWords { may_be_contacted: true, ..entry.words.clone().unwrap() });
    let own = participant(&intake, "app-1", &participant_id);
    let plan = intake.change(&own, agreed).await.unwrap();
    assert_eq!(plan.entries[1].consent_recorded_by.as_ref().unwrap().name, "participant");
    assert_eq!(tell().await.text, format!("{signs}\n\n{people} (+12025550188)"));
}

#[tokio::test]
async fn who_watches_a_plan_sees_what_others_write_and_resumes_where_it_was() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let own = participant(&intake, "app-1", &participant_id);
    let mut stream = intake.watch_plan(&participant_id, "").await.unwrap();
    assert_eq!(next(&mut stream).await.plan.unwrap().version, 1);
    intake.add(&own, adding(&participant_id, OwnCoping, "a walk")).await.unwrap();
    let seen = next(&mut stream).await;
    assert_eq!(texts(&seen.plan.unwrap()), ["not sleeping", "a walk"]);
    let mut resumed = intake.watch_plan(&participant_id, &seen.cursor).await.unwrap();
    intake.agree(&own, &participant_id, 2, "").await.unwrap();
    for stream in [&mut stream, &mut resumed] {
        assert!(!next(stream).await.plan.unwrap().awaits_agreement);
    }
    let other = intake.enroll("+12025550102").await;
    assert_refused(intake.watch_plan(&other, &seen.cursor).await.map(|_| ()), Reason::CursorInvalid);
}

#[tokio::test]
async fn what_is_written_in_a_plan_cannot_be_read_in_the_database() {
    let intake = Given::new().await;
    intake.enroll("+12025550101").await;
    let rows = "select encode(content, 'escape') || encode(change, 'escape')
                from safety_plan join safety_plan_version using (program_id, participant_id)";
    let row: String = sqlx::query_scalar(rows).fetch_one(&owner(&intake.store)).await.unwrap();
    assert!(!row.contains("sleeping") && !row.contains("warning"));
}

/// Edits one plan until each edit was answered; some calls are given up on the way and made again. Answers the texts of the
/// entries that were acknowledged.
async fn edits(intake: Arc<Given>, by: Call, participant_id: String, seed: u64) -> BTreeSet<String> {
    let (mut dice, mut mine) = (StdRng::seed_from_u64(seed), BTreeSet::new());
    for number in 0..40 {
        let text = format!("{seed} writes {number}");
        let message = adding(&participant_id, [WarningSigns, OwnCoping][number % 2], &text);
        loop {
            let call = intake.add(&by, message.clone());
            let patience = Duration::from_micros(dice.random_range(200..20_000));
            match tokio::time::timeout(patience, call).await {
                Ok(Ok(_)) => break,
                Ok(Err(status)) if status.code() == tonic::Code::Unavailable => {}
                Ok(Err(status)) => panic!("{}", status.message()),
                // As if the answer had been lost; the next time there is more patience.
                Err(_) => {
                    if dice.random_range(0..4) == 0 {
                        intake.add(&by, message.clone()).await.unwrap();
                        break;
                    }
                }
            }
        }
        mine.insert(text.clone());
        // Half of what is written is written anew, over nobody's words.
        if dice.random_range(0..2) == 0 {
            let plan = intake.plan_as(&by, &participant_id).await.unwrap();
            let entry = plan.entries.iter().find(|entry| entry.words.as_ref().unwrap().text == text).unwrap();
            let anew = format!("{text} anew");
            intake.change(&by, changing(&participant_id, entry, &anew)).await.unwrap();
            mine.remove(&text);
            mine.insert(anew);
        }
    }
    mine
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_two_who_edit_at_once_were_told_is_in_the_plan_is_there_once() {
    let intake = Arc::new(Given::new().await);
    let participant_id = intake.enroll("+12025550101").await;
    let callers = [participant(&intake, "app-1", &participant_id), intake.as_("supervisor", Role::Supervisor)];
    let editing = callers.into_iter().zip(1..);
    let editing: Vec<_> =
        editing.map(|(by, seed)| tokio::spawn(edits(intake.clone(), by, participant_id.clone(), seed))).collect();
    let mut expected = BTreeSet::from(["not sleeping".to_owned()]);
    for edits in editing {
        expected.extend(edits.await.unwrap());
    }
    let plan = intake.plan(&participant_id).await;
    let there = texts(&plan);
    assert_eq!(there.len(), expected.len(), "each once");
    assert_eq!(there.into_iter().collect::<BTreeSet<_>>(), expected);
    let versions = "select count(*) from safety_plan_version";
    let versions: i64 = sqlx::query_scalar(versions).fetch_one(&owner(&intake.store)).await.unwrap();
    assert_eq!(versions, plan.version);
}
