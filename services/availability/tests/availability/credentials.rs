//! Credentials are announced before they end, each once, and once more for a shift that they do not last for.

use chrono::{DateTime, Utc};
use harborline_proto::availability::v1 as pb;
use harborline_testkit::{Delivery, Receiver, Reply, owner, wait_until};
use harborline_types::{Clock, DevelopmentClock};
use tempfile::TempDir;

use crate::fixture::{Given, Work, a_counselor, unhurried};
use crate::log;
use crate::paging::{SECRET, ids, receiver};
use crate::shifts::{a_shift, wire};
use crate::swaps::offering;

/// A clock of the domain that shows this instant now.
pub(crate) fn showing(at: &str) -> Clock {
    let start = DateTime::parse_from_rfc3339(at).unwrap().to_utc();
    Clock::Development(DevelopmentClock { start_real: Utc::now(), start, speed: 1.0 })
}

/// A counselor whose license for Virginia ends at this instant.
fn licensed(name: &str, until: &str) -> pb::Counselor {
    let license = pb::Credential {
        r#type: "LCSW-canary".to_owned(),
        jurisdiction: "US-VA".to_owned(),
        valid_from: wire("2020-01-01T00:00:00Z"),
        valid_until: wire(until),
        number: "0904-canary".to_owned(),
    };
    pb::Counselor { credentials: vec![license], name: format!("{name} Canary"), ..a_counselor(name) }
}

/// A program whose notices of credentials go to a receiver.
struct Notified {
    given: Given,
    receiver: Receiver,
    _secrets: TempDir,
}

impl Notified {
    /// A program with Sue on call, on this day of the domain.
    async fn on(day: &str, replies: &[Reply]) -> Self {
        let (receiver, notify, secrets) = receiver(replies, 60_000).await;
        let work = Work { notify: Some(notify), lease_seconds: 5, clock: showing(day) };
        let given = Given::with_work(unhurried(), work).await;
        given.put_on_call("sue", "Susanna Overdale").await;
        Self { given, receiver, _secrets: secrets }
    }

    /// Waits until every check and every notice that was owed is done; answers the notices that have arrived.
    async fn until_settled(&self) -> Vec<Delivery> {
        let owed = "select not exists (
                        select 1 from duty
                        where kind = 'credential-notice' or kind = 'credentials' and (due_at < $1 or lease_until > now())
                    )";
        let database = owner(&self.given.store);
        wait_until("nothing is owed", || async {
            // The next check is owed for tomorrow.
            let now = self.given.clock().now();
            let is_done = sqlx::query_scalar::<_, bool>(owed).bind(now).fetch_one(&database).await.unwrap();
            is_done.then_some(())
        })
        .await;
        self.receiver.deliveries()
    }

    /// When the next check is due.
    async fn next_check(&self) -> String {
        let due = "select due_at from duty where kind = 'credentials'";
        let due: DateTime<Utc> = sqlx::query_scalar(due).fetch_one(&owner(&self.given.store)).await.unwrap();
        due.to_rfc3339()
    }
}

fn about(delivery: &Delivery) -> String {
    let body = delivery.json();
    let text = |field: &str| body[field].as_str().unwrap_or("-").to_owned();
    ["kind", "counselor_id", "ends_at", "shift_starts_at"].map(text).join(" ")
}

#[tokio::test]
async fn a_credential_is_announced_thirty_days_before_it_ends_and_once() {
    log::begin();
    let mut notified = Notified::on("2027-05-01T12:00:00Z", &[Reply::Status(500), Reply::Status(204)]).await;
    notified.given.hire(licensed("ana", "2027-05-25T00:00:00Z")).await;
    notified.given.hire(licensed("ben", "2027-06-20T00:00:00Z")).await;
    let deliveries = notified.until_settled().await;
    assert_eq!(ids(&deliveries).len(), 2, "what does not arrive is sent again");
    assert_eq!(ids(&deliveries)[0], ids(&deliveries)[1]);
    assert!(deliveries[1].signed_at(SECRET).is_some());
    assert_eq!(about(&deliveries[1]), "credential_expiring ana 2027-05-25T00:00:00.000Z -");
    let body = deliveries[1].json();
    assert_eq!((&body["supervisor_id"], &body["id"]), (&"sue".into(), &ids(&deliveries)[1].clone().into()));
    assert_eq!(body["program_id"], notified.given.program.to_string());
    assert_eq!(body.as_object().unwrap().len(), 8, "nothing else is sent: {body}");
    assert!(!body.to_string().to_lowercase().contains("canary") && !body.to_string().contains("US-VA"), "{body}");
    assert_eq!(notified.next_check().await, "2027-05-02T09:00:00+00:00");
    assert!(!log::lines("credentials of counselors end within 30 days").is_empty());
    assert_eq!([log::lines("canary"), log::lines("Canary"), log::lines("US-VA")].concat(), [""; 0]);

    // Checked again, after a change of the roster and on the next day: it is not announced twice.
    notified.given.hire(licensed("ana", "2027-05-25T00:00:00Z")).await;
    assert_eq!(notified.until_settled().await.len(), 2);
    notified.given.sleep_until(showing("2027-05-02T09:00:00Z")).await;
    assert_eq!(notified.until_settled().await.len(), 2);
    assert_eq!(notified.next_check().await, "2027-05-03T09:00:00+00:00");

    // The last check that announces Ben's in time.
    notified.given.sleep_until(showing("2027-05-20T09:00:00Z")).await;
    let deliveries = notified.until_settled().await;
    assert_eq!(about(&deliveries[2]), "credential_expiring ben 2027-06-20T00:00:00.000Z -");

    // A renewed license is not announced; a shortened one has another end, and is.
    notified.given.hire(licensed("ben", "2029-06-20T00:00:00Z")).await;
    assert_eq!(notified.until_settled().await.len(), 3);
    notified.given.hire(licensed("ana", "2027-05-24T00:00:00Z")).await;
    let deliveries = notified.until_settled().await;
    assert_eq!(
        deliveries[3..].iter().map(about).collect::<Vec<_>>(),
        ["credential_expiring ana 2027-05-24T00:00:00.000Z -"]
    );
}

#[tokio::test]
async fn a_credential_that_ends_during_a_planned_shift_raises_an_alarm_for_its_counselor() {
    let notified = Notified::on("2027-03-12T12:00:00Z", &[Reply::Status(204)]).await;
    let given = &notified.given;
    given.keep_roster("America/New_York", false).await;
    // At six in the morning after the clocks went forward: the night of the 13th to the 14th is an hour shorter.
    given.hire(licensed("ana", "2027-03-14T10:00:00Z")).await;
    given.hire(licensed("ben", "2027-03-14T09:59:00Z")).await;
    given.hire(a_counselor("cem")).await;
    let expiring = ["ana 2027-03-14T10:00:00.000Z", "ben 2027-03-14T09:59:00.000Z"];
    let mut all = expiring.map(|end| format!("credential_expiring {end} -")).to_vec();
    let sorted = |deliveries: Vec<Delivery>| {
        let mut about: Vec<_> = deliveries.iter().map(about).collect();
        about.sort();
        about
    };
    assert_eq!(sorted(notified.until_settled().await), all);

    // The license lasts to the minute at which one shift ends, and not to the end of the other.
    let night = |name: &str| a_shift(name, "2027-03-13".parse().unwrap(), "22:00", "06:00");
    given.put_shift(night("ana")).await;
    let bens = given.put_shift(night("ben")).await;
    all.push("credential_ends_on_shift ben 2027-03-14T09:59:00.000Z 2027-03-14T03:00:00.000Z".to_owned());
    all.sort();
    assert_eq!(sorted(notified.until_settled().await), all);

    // A shift that is given away is announced for its new counselor, and only if their license ends.
    let swap = given.offer(offering(&bens, "cem", None), "ben").await.unwrap();
    given.accept(&swap, "cem").await.unwrap();
    assert_eq!(sorted(notified.until_settled().await), all);
    let day = a_shift("ana", "2027-03-14".parse().unwrap(), "08:00", "16:00");
    let day = given.put_shift(day).await;
    all.push("credential_ends_on_shift ana 2027-03-14T10:00:00.000Z 2027-03-14T12:00:00.000Z".to_owned());
    all.sort();
    let deliveries = notified.until_settled().await;
    assert!(deliveries.iter().any(|delivery| delivery.json()["shift_id"] == day.shift_id));
    assert_eq!(sorted(deliveries), all);
}
