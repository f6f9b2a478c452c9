//! Pages reach the supervisor on call, and one who cannot be reached delays no other page and no contact.

use std::path::PathBuf;

use harborline_availability::DispatchSettings;
use harborline_notify::NotifySettings;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::common::v1 as common;
use harborline_testkit::{Delivery, Receiver, Reply, owner, request, wait_until};
use harborline_types::{Clock, ContactId};
use pb::TicketEventKind as Kind;
use tempfile::TempDir;

use crate::fixture::{Given, Work, a_counselor, id, need, steps, unhurried};
use crate::shifts::{a_shift, in_days};

pub(crate) const SECRET: &str = "dGhlIHNlY3JldCBvZiBhIHRlc3QsIGFuZCBsb25nIGVub3VnaA==";

/// After this wait a page is due.
const PAGE_AFTER_MS: u64 = 100;

/// A receiver with these replies, and the settings to page it: again after so many milliseconds.
pub(crate) async fn receiver(replies: &[Reply], again: u64) -> (Receiver, NotifySettings, TempDir) {
    let receiver = Receiver::start(replies).await;
    let secrets = tempfile::tempdir().unwrap();
    let webhook_secret_file = secrets.path().join("secrets");
    std::fs::write(&webhook_secret_file, SECRET).unwrap();
    let notify = NotifySettings {
        webhook_url: receiver.url().into(),
        webhook_secret_file,
        webhook_ca_file: PathBuf::new(),
        webhook_timeout_ms: 30_000,
        page_again_after_ms: again,
    };
    (receiver, notify, secrets)
}

/// A program whose pages go to a receiver.
struct Paged {
    given: Given,
    receiver: Receiver,
    _secrets: TempDir,
}

impl Paged {
    /// Pages are due at once, and again after so many milliseconds; no contact is handed off.
    async fn open(replies: &[Reply], again: u64, lease_seconds: u64) -> Self {
        let (receiver, notify, secrets) = receiver(replies, again).await;
        let settings = DispatchSettings { page_after_ms: PAGE_AFTER_MS, ..unhurried() };
        let given =
            Given::with_work(settings, Work { notify: Some(notify), lease_seconds, clock: Clock::System }).await;
        given.put_on_call("sue", "Susanna Overdale").await;
        Self { given, receiver, _secrets: secrets }
    }

    async fn until_delivered(&self, count: usize) -> Vec<Delivery> {
        let arrived = || async { Some(self.receiver.deliveries()).filter(|all| all.len() >= count) };
        wait_until("a page arrives", arrived).await
    }

    /// Waits until the history of a ticket has this event.
    async fn until_recorded(&self, contact: ContactId, kind: Kind) -> pb::Ticket {
        let recorded =
            || async { Some(self.given.ticket(contact).await).filter(|ticket| steps(ticket).contains(&kind)) };
        wait_until(kind.as_str_name(), recorded).await
    }

    /// A column of the duties for pages.
    async fn duties(&self, what: &str) -> Vec<bool> {
        let text = format!("select {what} from duty where kind = 'page'");
        sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_all(&owner(&self.given.store)).await.unwrap()
    }

    async fn until_nothing_is_owed(&self) {
        let empty = || async { self.duties("true").await.is_empty().then_some(()) };
        wait_until("no page is owed", empty).await;
    }
}

/// Offers the backup line to every waiting caller now, and hands this contact off.
async fn hand_off(given: &Given, contact: ContactId) -> pb::Ticket {
    let at_once = Some(prost_types::Duration { seconds: 0, nanos: 1_000_000 });
    let times = pb::ResponseTimes { page_after: at_once, backup_after: at_once, ..pb::ResponseTimes::default() };
    let response_times = Some(times);
    let message = pb::PutPoolRequest { request_id: id(), response_times, fatigue_rules: None, etag: String::new() };
    given.services.put_pool(request(&given.administrator(), message)).await.unwrap();
    given.until_ticket_has(contact, Kind::BackupOffered).await;
    // Waits for the duty, since intake is not told of the offer once the wait is over.
    given.intake.until_told(&format!("backup offered {contact}")).await;
    assert!(given.hand_off(contact).await);
    given.ticket(contact).await
}

pub(crate) fn ids(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(|delivery| delivery.header("webhook-id").to_owned()).collect()
}

/// The outcomes of pages, each with its step and page.
fn outcomes(ticket: &pb::Ticket) -> Vec<(Kind, i32, i32)> {
    let about_pages = ticket.events.iter().filter(|event| event.page > 0);
    about_pages.map(|event| (event.kind(), event.sequence, event.page)).collect()
}

#[tokio::test]
async fn a_page_names_the_supervisor_and_the_contact_and_has_no_free_text() {
    let paged = Paged::open(&[Reply::Status(200)], 60_000, 5).await;
    let (skill, language) = ("grief-canary".to_owned(), "tlh".to_owned());
    let contact = paged
        .given
        .enqueue_needing(common::Acuity::Emergency, common::Need { language, skills: vec![skill], ..need() })
        .await;
    let ticket = paged.until_recorded(contact, Kind::PageDelivered).await;
    assert_eq!(steps(&ticket), [Kind::Queued, Kind::SupervisorPaged, Kind::PageDelivered]);
    assert_eq!(outcomes(&ticket), [(Kind::PageDelivered, 2, 1)]);

    let [delivery] = paged.receiver.deliveries().try_into().unwrap();
    assert!(delivery.signed_at(SECRET).is_some());
    let body = delivery.json();
    assert_eq!(body["kind"], "contact_waiting");
    assert_eq!(body["id"], delivery.header("webhook-id"));
    assert_eq!(body["program_id"], paged.given.program.to_string());
    assert_eq!(body["supervisor_id"], "sue");
    assert_eq!((&body["ticket_id"], &body["contact_id"]), (&ticket.ticket_id.into(), &contact.to_string().into()));
    assert_eq!(body["acuity"], 1);
    assert!(body["waited_ms"].as_u64().is_some_and(|waited| waited >= 100), "{body}");
    assert_eq!(body["count"], 1);
    assert_eq!(body.as_object().unwrap().len(), 10, "nothing else is sent: {body}");
    for word in ["canary", "tlh", "Susanna", "phone"] {
        assert!(!String::from_utf8_lossy(&delivery.body).contains(word), "{body}");
    }
}

#[tokio::test]
async fn a_page_that_does_not_arrive_is_sent_again_under_the_same_id() {
    let paged = Paged::open(&[Reply::Status(500), Reply::HangUp, Reply::Status(204)], 60_000, 5).await;
    let contact = paged.given.enqueue(common::Acuity::High).await;
    let ticket = paged.until_recorded(contact, Kind::PageDelivered).await;
    assert_eq!(outcomes(&ticket), [(Kind::PageDelivered, 2, 1)], "what passes is no failure");
    let ids = ids(&paged.receiver.deliveries());
    assert!(ids.len() >= 3 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[tokio::test]
async fn a_contact_that_still_waits_is_paged_for_a_second_time_and_then_handed_to_the_backup_line() {
    let paged = Paged::open(&[Reply::Status(200)], 2_000, 5).await;
    let contact = paged.given.enqueue(common::Acuity::High).await;
    wait_until("both are on record", || async {
        (outcomes(&paged.given.ticket(contact).await).len() == 2).then_some(())
    })
    .await;
    let ticket = hand_off(&paged.given, contact).await;
    let expected = [
        Kind::Queued,
        Kind::SupervisorPaged,
        Kind::PageDelivered,
        Kind::PageDelivered,
        Kind::BackupOffered,
        Kind::HandedOff,
    ];
    assert_eq!(steps(&ticket), expected);
    assert_eq!(outcomes(&ticket), [(Kind::PageDelivered, 2, 1), (Kind::PageDelivered, 2, 2)]);
    let deliveries = paged.receiver.deliveries();
    let kinds: Vec<_> = deliveries.iter().map(|delivery| delivery.json()["kind"].clone()).collect();
    assert_eq!(kinds, ["contact_waiting", "contact_still_waiting"]);
    assert_ne!(ids(&deliveries)[0], ids(&deliveries)[1]);
    paged.until_nothing_is_owed().await;
}

#[tokio::test]
async fn while_nobody_takes_the_contact_the_pages_climb_the_on_call_ladder_and_then_it_is_handed_off() {
    let paged = Paged::open(&[Reply::Status(200)], 1_500, 5).await;
    let given = &paged.given;
    given.keep_roster("UTC", false).await;
    for (name, rung) in [("rita", 1), ("omar", 2), ("vera", 3)] {
        given.hire(a_counselor(name)).await;
        let on_call = pb::Shift {
            kind: pb::ShiftKind::OnCall.into(),
            rung,
            recurrence: "FREQ=DAILY".to_owned(),
            ..a_shift(name, in_days(0).pred_opt().unwrap(), "00:00", "00:00")
        };
        given.put_shift(on_call).await;
    }
    let named = || async {
        let supervisor = "select supervisor_id = 'rita' from supervisor_on_call";
        sqlx::query_scalar::<_, bool>(supervisor).fetch_one(&owner(&given.store)).await.unwrap().then_some(())
    };
    wait_until("the first of the ladder is on call", named).await;
    let contact = given.enqueue(common::Acuity::High).await;
    let three = || async { (outcomes(&given.ticket(contact).await).len() == 3).then_some(()) };
    wait_until("all three are paged", three).await;
    paged.until_nothing_is_owed().await;

    let ticket = hand_off(given, contact).await;
    assert_eq!(outcomes(&ticket), [1, 2, 3].map(|page| (Kind::PageDelivered, 2, page)));
    given.intake.until_told(&format!("backup offered {contact}")).await;
    let deliveries = paged.receiver.deliveries();
    let to: Vec<_> = deliveries.iter().map(|delivery| delivery.json()).collect();
    let text = |field: &serde_json::Value| field.as_str().unwrap_or_default().to_owned();
    let mut to: Vec<_> = to.iter().map(|body| (text(&body["supervisor_id"]), text(&body["kind"]))).collect();
    // Each page is a duty of its own: one that is late holds no other up.
    to.sort();
    let (first, again) = ("contact_waiting", "contact_still_waiting");
    let expected = [("omar", again), ("rita", first), ("vera", again)];
    assert_eq!(to, expected.map(|(who, kind)| (who.to_owned(), kind.to_owned())));
}

#[tokio::test]
async fn a_page_is_acknowledged_by_a_counselor_who_takes_the_contact() {
    let paged = Paged::open(&[Reply::Status(200)], 4_000, 5).await;
    let contact = paged.given.enqueue(common::Acuity::High).await;
    paged.until_recorded(contact, Kind::PageDelivered).await;
    paged.given.on_duty("ana").await.take_next().await;
    paged.until_nothing_is_owed().await;
    assert_eq!(paged.receiver.deliveries().len(), 1);
    assert_eq!(outcomes(&paged.given.ticket(contact).await), [(Kind::PageDelivered, 2, 1)]);
}

#[tokio::test]
async fn a_page_that_is_not_needed_any_more_is_not_sent_any_more() {
    let paged = Paged::open(&[Reply::HangUp], 60_000, 5).await;
    let contact = paged.given.enqueue(common::Acuity::High).await;
    paged.until_delivered(1).await;
    assert!(paged.given.withdraw(contact).await);
    let ticket = paged.until_recorded(contact, Kind::PageSkipped).await;
    assert_eq!(steps(&ticket), [Kind::Queued, Kind::SupervisorPaged, Kind::Withdrawn, Kind::PageSkipped]);
    paged.until_nothing_is_owed().await;
}

#[tokio::test]
async fn a_receiver_that_asks_for_a_pause_gets_it() {
    let paged = Paged::open(&[Reply::RetryAfter(503, 50)], 60_000, 5).await;
    let contact = paged.given.enqueue(common::Acuity::High).await;
    paged.until_delivered(1).await;
    let put_off = || async { (paged.duties("retry_at > now() + interval '30 s'").await == [true]).then_some(()) };
    wait_until("the page is put off", put_off).await;
    hand_off(&paged.given, contact).await;
    assert_eq!(paged.receiver.deliveries().len(), 1);
}

#[tokio::test]
async fn a_page_that_is_refused_is_on_record_is_parked_and_the_contact_goes_on() {
    let paged = Paged::open(&[Reply::Status(401)], 1, 5).await;
    let contact = paged.given.enqueue(common::Acuity::High).await;
    paged.until_recorded(contact, Kind::PageFailed).await;
    hand_off(&paged.given, contact).await;
    paged.given.intake.until_told(&format!("backup offered {contact}")).await;
    let sent = paged.receiver.deliveries().len();

    // As if most attempts had been made: the page fails for good after its contact has stopped waiting.
    let late = "update duty set attempt = 9, retry_at = now() where kind = 'page' and parked_at is null";
    let parked = || async {
        sqlx::query(late).execute(&owner(&paged.given.store)).await.unwrap();
        (paged.duties("parked_at is not null").await == [true]).then_some(())
    };
    wait_until("the page is parked", parked).await;
    // One may have been on its way at the hand-off.
    assert!(paged.receiver.deliveries().len() <= sent + 1, "a contact that does not wait any more is not paged for");
    let outcomes = outcomes(&paged.given.ticket(contact).await);
    let refused = |page| outcomes.iter().filter(|outcome| **outcome == (Kind::PageFailed, 2, page)).count();
    assert!(refused(1) <= 1 && refused(2) == 1 && outcomes.len() <= 2, "each once on record: {outcomes:?}");
}

#[tokio::test]
async fn a_receiver_that_never_answers_holds_nobody_up() {
    let paged = Paged::open(&[Reply::Silence], 60_000, 60).await;
    let mut contacts = Vec::new();
    for _ in 0..12 {
        contacts.push(paged.given.enqueue(common::Acuity::High).await);
    }
    for contact in &contacts {
        paged.until_recorded(*contact, Kind::SupervisorPaged).await;
    }
    paged.until_delivered(2).await;
    paged.given.on_duty("ana").await.take_next().await;
    paged.given.intake.until_told(&format!("assigned {} 1 ana", contacts[0])).await;
    assert_eq!(paged.receiver.deliveries().len(), 2, "only so many are on their way");
}

#[tokio::test]
async fn a_page_is_one_page_although_the_replica_dies_before_it_writes_the_answer_down() {
    let mut paged = Paged::open(&[Reply::Silence, Reply::Status(200)], 60_000, 1).await;
    let contact = paged.given.enqueue(common::Acuity::High).await;
    paged.until_delivered(1).await;
    paged.given.kill();
    assert!(outcomes(&paged.given.ticket(contact).await).is_empty());

    let _other = paged.given.another_replica().await;
    let ticket = paged.until_recorded(contact, Kind::PageDelivered).await;
    assert_eq!(outcomes(&ticket), [(Kind::PageDelivered, 2, 1)]);
    let ids = ids(&paged.receiver.deliveries());
    assert!(ids.len() >= 2 && ids.iter().all(|id| *id == ids[0]), "the receiver knows it by its id: {ids:?}");
}

#[tokio::test]
async fn without_a_receiver_the_history_says_that_nobody_was_reached() {
    let settings = DispatchSettings { page_after_ms: PAGE_AFTER_MS, ..unhurried() };
    let given = Given::new(settings).await;
    let contact = given.enqueue(common::Acuity::High).await;
    let failed = || async { steps(&given.ticket(contact).await).contains(&Kind::PageFailed).then_some(()) };
    wait_until("no page was delivered", failed).await;
    let ticket = hand_off(&given, contact).await;
    assert_eq!(
        steps(&ticket),
        [Kind::Queued, Kind::SupervisorPaged, Kind::PageFailed, Kind::BackupOffered, Kind::HandedOff]
    );
}
