//! Replicas whose machines show another time than the database.
//!
//! The difference is injected where a replica reads its machine's clock. All waits run by the database's clock.

use chrono::TimeDelta;
use harborline_availability::DispatchSettings;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::Acuity;
use harborline_store::Store;
use harborline_testkit::{keys, owner, request};
use harborline_types::{Clock, ContactId, DevelopmentClock, Timestamp, wire};
use pb::TicketEventKind as Kind;

use crate::fixture::{Given, Work, id, need, replica, steps, unhurried};

/// A clock that is wrong by this many minutes.
fn wrong_by(minutes: i64) -> Clock {
    let start_real = Clock::System.now();
    Clock::Development(DevelopmentClock { start_real, start: start_real + TimeDelta::minutes(minutes), speed: 1.0 })
}

/// The usual work by a clock that is wrong.
fn work_wrong_by(minutes: i64) -> Work {
    Work { notify: None, lease_seconds: 5, clock: wrong_by(minutes) }
}

async fn line_wrong_by(minutes: i64, settings: DispatchSettings) -> Given {
    Given::with_work(settings, work_wrong_by(minutes)).await
}

async fn database_now(given: &Given) -> Timestamp {
    sqlx::query_scalar("select clock_timestamp()").fetch_one(&owner(&given.store)).await.unwrap()
}

fn read(instant: Option<&prost_types::Timestamp>) -> Timestamp {
    wire::instant(instant.unwrap()).unwrap()
}

#[tokio::test]
async fn a_replica_whose_clock_is_wrong_offers_for_as_long_as_any_other_and_holds_its_lease_no_longer() {
    for minutes in [-10, 10] {
        let given = line_wrong_by(minutes, unhurried()).await;
        let mut ana = given.on_duty("ana").await;
        let before = database_now(&given).await;
        let contact = given.enqueue(Acuity::High).await;
        let offer = ana.offer().await;
        let after = database_now(&given).await;
        // The matcher learns the database's clock from the answers of statements, so it is late by the time of an
        // answer.
        let (minute, late) = (TimeDelta::seconds(60), TimeDelta::seconds(30));
        let expires_at = read(offer.expires_at.as_ref());
        assert!(
            (before + minute - late..=after + minute).contains(&expires_at),
            "an offer runs out by the database's clock"
        );
        let ends_too_late = "select count(*) from matcher_lease where until > clock_timestamp() + interval '1500 ms'";
        let too_long: i64 = sqlx::query_scalar(ends_too_late).fetch_one(&owner(&given.store)).await.unwrap();
        assert_eq!(too_long, 0, "a lease is as long as it is said to be");

        ana.accept(&offer).await.unwrap();
        let ticket = given.ticket(contact).await;
        assert_eq!(
            steps(&ticket),
            [Kind::Queued, Kind::Offered, Kind::Accepted],
            "nothing ran out, and no page was sent"
        );
        let now = database_now(&given).await;
        assert!(ticket.events.iter().all(|event| (before..=now).contains(&read(event.at.as_ref()))));
    }
}

#[tokio::test]
async fn the_contact_that_came_first_is_first_whatever_the_clocks_of_the_replicas_show() {
    let given = line_wrong_by(10, unhurried()).await;
    let database = Store::of_pool(&sqlx::PgPool::connect(&given.url).await.unwrap(), keys());
    let late = replica(&database, &unhurried(), &work_wrong_by(-10), &given.intake);
    let first = given.enqueue(Acuity::High).await;
    let second = ContactId::new();
    let message = pb::RequestCounselorRequest {
        request_id: id(),
        contact_id: second.to_string(),
        acuity: Acuity::High.into(),
        need: Some(need()),
        ..pb::RequestCounselorRequest::default()
    };
    late.services.request_counselor(request(&given.intake_call(), message)).await.unwrap();
    let mut ana = given.on_duty("ana").await;
    for expected in [first, second] {
        let own = expected.to_string();
        let offer = ana.until(|state| !state.offers.is_empty() && state.engagements.is_empty()).await.offers.remove(0);
        assert_eq!(offer.contact_id, own);
        ana.accept(&offer).await.unwrap();
        // From here on the other replica leads, whichever that is.
        let ended = "update matcher_lease set fence = fence + 1, until = '-infinity'";
        sqlx::query(ended).execute(&owner(&given.store)).await.unwrap();
        given.release(expected).await;
        ana.finish(expected).await;
    }
}

#[tokio::test]
async fn a_replica_whose_clock_is_wrong_offers_the_backup_line_after_the_same_wait() {
    for minutes in [-10, 10] {
        let settings = DispatchSettings { page_after_ms: 200, backup_after_ms: 400, ..unhurried() };
        let given = line_wrong_by(minutes, settings).await;
        let contact = given.enqueue(Acuity::Emergency).await;
        given.until_ticket_has(contact, Kind::BackupOffered).await;
        let waited = "select count(*) from ticket join ticket_event using (program_id, ticket_id)
                      where ticket_event.kind = 'backup_offered' and at - queued_at >= interval '399 ms'";
        let waited: i64 = sqlx::query_scalar(waited).fetch_one(&owner(&given.store)).await.unwrap();
        assert_eq!(waited, 1, "not before its time");
        given.intake.until_told(&format!("backup offered {contact}")).await;
    }
}
