//! What a receiver gets, and what becomes of its answers.

use std::path::PathBuf;
use std::time::Duration;

use harborline_notify::{
    Nobody, Notice, NoticeKind, Notifier, NotifyError, NotifySettings, Page, PageKind, Webhook, Why, notifier,
};
use harborline_testkit::{Receiver, Reply};
use harborline_types::{Acuity, ContactId, PersonId, ProgramId, ShiftId, TicketId};
use tempfile::TempDir;

const NEW: &str = "bmV3IHNlY3JldCBvZiBhIHRlc3QsIGxvbmcgZW5vdWdo";
const OLD: &str = "b2xkIHNlY3JldCBvZiBhIHRlc3QsIGxvbmcgZW5vdWdo";

fn settings(url: &str, secrets: &str) -> (NotifySettings, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let webhook_secret_file = folder.path().join("secrets");
    std::fs::write(&webhook_secret_file, secrets).unwrap();
    let settings = NotifySettings {
        webhook_url: url.to_owned().into(),
        webhook_secret_file,
        webhook_ca_file: PathBuf::new(),
        webhook_timeout_ms: 30_000,
        page_again_after_ms: 15_000,
    };
    (settings, folder)
}

fn page() -> Page {
    Page {
        id: "0192e4a0-0000-7000-8000-000000000001".parse().unwrap(),
        kind: PageKind::ContactWaiting,
        program: ProgramId::new(),
        supervisor: PersonId::parse("sue"),
        ticket: Some(TicketId::new()),
        contact: ContactId::new(),
        count: 1,
        acuity: Acuity::Emergency,
        waited: Duration::from_millis(30_250),
        at: "2026-11-01T00:00:30.250Z".parse().unwrap(),
    }
}

async fn sent(replies: &[Reply], page: &Page) -> (Result<(), NotifyError>, Receiver) {
    let receiver = Receiver::start(replies).await;
    let (settings, _folder) = settings(&receiver.url(), OLD);
    (Webhook::new(&settings).unwrap().page(page).await, receiver)
}

#[tokio::test]
async fn a_page_is_ids_and_numbers_and_signed() {
    let page = page();
    let before = chrono::Utc::now().timestamp();
    let (outcome, receiver) = sent(&[Reply::Status(202)], &page).await;
    assert_eq!(outcome, Ok(()));
    let [delivery] = receiver.deliveries().try_into().unwrap();
    let expected = serde_json::json!({
        "id": "0192e4a0-0000-7000-8000-000000000001",
        "kind": "contact_waiting",
        "program_id": page.program,
        "supervisor_id": "sue",
        "ticket_id": page.ticket,
        "contact_id": page.contact,
        "count": 1,
        "acuity": 1,
        "waited_ms": 30250,
        "at": "2026-11-01T00:00:30.250Z",
    });
    assert_eq!(delivery.json(), expected);
    assert_eq!(delivery.header("content-type"), "application/json");
    assert_eq!(delivery.header("webhook-id"), page.id.to_string());
    let signed_at = delivery.signed_at(OLD).expect("signed with the secret");
    assert!((before..=chrono::Utc::now().timestamp()).contains(&signed_at));
    assert_eq!(delivery.signed_at(NEW), None, "no other secret fits");
}

#[tokio::test]
async fn a_notice_is_ids_and_instants_and_signed() {
    let notice = Notice {
        id: "0192e4a0-0000-7000-8000-000000000002".parse().unwrap(),
        kind: NoticeKind::CredentialEndsOnShift,
        program: ProgramId::new(),
        supervisor: None,
        counselor: PersonId::parse("ana").unwrap(),
        ends_at: "2026-11-01T06:00:00Z".parse().unwrap(),
        shift: Some(ShiftId::new()),
        shift_starts_at: Some("2026-11-01T02:00:00Z".parse().unwrap()),
    };
    let receiver = Receiver::start(&[Reply::Status(204)]).await;
    let (settings, _folder) = settings(&receiver.url(), OLD);
    assert_eq!(Webhook::new(&settings).unwrap().notice(&notice).await, Ok(()));
    let [delivery] = receiver.deliveries().try_into().unwrap();
    let expected = serde_json::json!({
        "id": "0192e4a0-0000-7000-8000-000000000002",
        "kind": "credential_ends_on_shift",
        "program_id": notice.program,
        "supervisor_id": null,
        "counselor_id": "ana",
        "ends_at": "2026-11-01T06:00:00.000Z",
        "shift_id": notice.shift,
        "shift_starts_at": "2026-11-01T02:00:00.000Z",
    });
    assert_eq!(delivery.json(), expected);
    assert_eq!(delivery.header("webhook-id"), notice.id.to_string());
    assert!(delivery.signed_at(OLD).is_some());
    assert_eq!(Nobody.notice(&notice).await, Err(NotifyError::Nobody));
}

#[tokio::test]
async fn while_secrets_rotate_a_receiver_with_either_of_them_believes_every_page() {
    let receiver = Receiver::start(&[Reply::Status(200)]).await;
    let (settings, folder) = settings(&receiver.url(), OLD);
    let webhook = Webhook::new(&settings).unwrap();
    let file = folder.path().join("secrets");
    for secrets in [OLD.to_owned(), format!("{NEW}\n{OLD}\n"), NEW.to_owned()] {
        std::fs::write(&file, secrets).unwrap();
        webhook.page(&page()).await.unwrap();
    }
    let believed = |secret: &str| -> Vec<bool> {
        receiver.deliveries().iter().map(|delivery| delivery.signed_at(secret).is_some()).collect()
    };
    assert_eq!(believed(OLD), [true, true, false]);
    assert_eq!(believed(NEW), [false, true, true]);
}

#[tokio::test]
async fn what_may_pass_is_told_from_what_lasts() {
    let passing = |why, retry_after| Err(NotifyError::Passing { why, retry_after });
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let (outcome, _) = sent(&[Reply::Status(status)], &page()).await;
        assert_eq!(outcome, passing(Why::Status(status), None));
    }
    let (outcome, _) = sent(&[Reply::RetryAfter(503, 7)], &page()).await;
    assert_eq!(outcome, passing(Why::Status(503), Some(Duration::from_secs(7))));
    assert_eq!(sent(&[Reply::HangUp], &page()).await.0, passing(Why::Away, None));
    let silent = Receiver::start(&[Reply::Silence]).await;
    let (settings, _folder) = settings(&silent.url(), OLD);
    let settings = NotifySettings { webhook_timeout_ms: 500, ..settings };
    assert_eq!(Webhook::new(&settings).unwrap().page(&page()).await, passing(Why::Slow, None));
    for status in [301, 302, 400, 401, 403, 404, 410, 413, 422] {
        let (outcome, receiver) = sent(&[Reply::Status(status)], &page()).await;
        assert_eq!(outcome, Err(NotifyError::Lasting(Why::Status(status))));
        assert_eq!(receiver.deliveries().len(), 1, "nothing is followed and nothing repeated here");
    }
}

#[tokio::test]
async fn without_a_receiver_nobody_is_paged_and_without_a_secret_nothing_starts() {
    let (nothing, _folder) = settings("", "");
    assert_eq!(
        notifier(&nothing).unwrap_or_else(|_| panic!("no settings are needed")).page(&page()).await,
        Nobody.page(&page()).await
    );
    assert_eq!(Nobody.page(&page()).await, Err(NotifyError::Nobody));
    let (short, _folder) = settings("https://pages.example.org/", "short");
    let refused = notifier(&short).err().expect("refused").to_string();
    assert!(refused.contains("one or two secrets"), "{refused}");
}
