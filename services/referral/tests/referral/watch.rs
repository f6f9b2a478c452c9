//! The clinic's stream.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use harborline_identity::Call;
use harborline_proto::partner::v1 as pb;
use harborline_proto::partner::v1::ReferralState as Seen;
use harborline_proto::partner::v1::partner_service_server::PartnerService;
use harborline_referral::{App, Rpc};
use harborline_runtime::StreamAge;
use harborline_status::Reason;
use harborline_testkit::{assert_refused, owner, request, wait_for, wait_until};
use harborline_types::FacilityId;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::fixture::{Given, SUMMARY};

pub(crate) type Changes = Pin<Box<dyn Stream<Item = Result<pb::WatchReferralsResponse, Status>> + Send>>;

pub(crate) async fn watch(given: &Given, clinic: FacilityId, cursor: &str) -> Result<Changes, Status> {
    watch_as(given, &given.clinic(clinic), cursor).await
}

pub(crate) async fn watch_as(given: &Given, call: &Call, cursor: &str) -> Result<Changes, Status> {
    let message = pb::WatchReferralsRequest { cursor: cursor.to_owned() };
    Ok(given.rpc.watch_referrals(request(call, message)).await?.into_inner())
}

/// The next message: which referral, its state, and the cursor.
pub(crate) async fn next(changes: &mut Changes) -> (pb::Referral, String) {
    let next = wait_for("a change comes", changes.next()).await;
    let message = next.expect("the stream goes on").unwrap();
    (message.referral.unwrap(), message.cursor)
}

#[tokio::test]
async fn a_fresh_stream_sends_what_is_open_and_then_each_change() {
    let given = Given::new().await;
    let [clinic, _] = given.facilities().await;
    let declined = given.refer().await.referral_id;
    let offered = given.refer().await.referral_id;
    let claimed = given.refer().await.referral_id;
    given.claim(clinic, &claimed).await.unwrap();
    given.decline(clinic, &declined).await.unwrap();

    let mut changes = watch(&given, clinic, "").await.unwrap();
    let (first, _) = next(&mut changes).await;
    assert_eq!((first.referral_id.as_str(), first.state(), first.summary.as_str()), (&*offered, Seen::Offered, ""));
    let (second, _) = next(&mut changes).await;
    assert_eq!((second.referral_id, second.summary.as_str()), (claimed, SUMMARY));

    let (claim, accept) = (given.claim(clinic, &offered).await.unwrap(), given.accept(clinic, &offered).await.unwrap());
    assert!(next(&mut changes).await.0 == claim, "each change is sent, not only the last");
    assert!(next(&mut changes).await.0 == accept);
    let new = given.refer().await.referral_id;
    assert_eq!(next(&mut changes).await.0.referral_id, new);
}

#[tokio::test]
async fn a_resumed_stream_goes_on_behind_its_cursor_and_skips_nothing() {
    let given = Given::new().await;
    let [clinic, _] = given.facilities().await;
    let (one, two) = (given.refer().await.referral_id, given.refer().await.referral_id);
    let mut changes = watch(&given, clinic, "").await.unwrap();
    let (_, cursor) = next(&mut changes).await;
    drop(changes);

    given.claim(clinic, &one).await.unwrap();
    given.cancel(&one).await.unwrap();
    given.decline(clinic, &two).await.unwrap();
    let mut changes = watch(&given, clinic, &cursor).await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let (referral, _) = next(&mut changes).await;
        assert_eq!(referral.summary, "", "reading an old claim again opens nothing");
        seen.push((referral.referral_id.clone(), referral.state()));
    }
    let expected =
        [(two.clone(), Seen::Offered), (one.clone(), Seen::Claimed), (one, Seen::Cancelled), (two, Seen::Declined)];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn the_next_clinic_is_told_when_the_first_one_declines() {
    let given = Given::new().await;
    let [first, second] = given.facilities().await;
    let mut changes = watch(&given, second, "").await.unwrap();
    let id = given.refer().await.referral_id;
    given.decline(first, &id).await.unwrap();
    let (offer, _) = next(&mut changes).await;
    assert_eq!((offer.state(), offer.referral_id), (Seen::Offered, id));
}

#[tokio::test]
async fn changes_made_at_once_by_many_arrive_in_the_order_of_the_cursor_without_gaps() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let mut changes = watch(&given, clinic, "").await.unwrap();
    let making = futures::future::join_all((0..40).map(|_| given.refer()));
    let reading = async {
        for number in 1..=40 {
            assert_eq!(next(&mut changes).await.1, format!("v1:{clinic}/{number}"));
        }
    };
    tokio::join!(making, reading);
}

#[tokio::test]
async fn a_number_is_not_given_on_before_the_one_below_it_is_visible() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    given.refer().await;
    let mut slow = given.store.begin(&given.counselor().scope().unwrap()).await.unwrap();
    let take = "update clinic_cursor set last = last + 1 where facility_id = $1";
    sqlx::query(take).bind(clinic).execute(slow.conn()).await.unwrap();

    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let waiting = || async {
        let count: i64 = sqlx::query_scalar(waits).fetch_one(&owner(&given.store)).await.unwrap();
        (count == 1).then_some(())
    };
    let commit = async {
        wait_until("the next change waits for its number", waiting).await;
        slow.commit().await.unwrap();
    };
    tokio::join!(given.refer(), commit);
    let numbers = "select clinic_change from referral_event order by clinic_change";
    let numbers: Vec<i64> = sqlx::query_scalar(numbers).fetch_all(&owner(&given.store)).await.unwrap();
    assert_eq!(numbers, [1, 3], "the slow transaction took 2");
}

#[tokio::test]
async fn a_cursor_that_this_stream_has_not_given_is_refused() {
    let given = Given::new().await;
    let [first, second] = given.facilities().await;
    let id = given.refer().await.referral_id;
    given.decline(first, &id).await.unwrap();
    let (_, theirs) = next(&mut watch(&given, second, "").await.unwrap()).await;
    for foreign in [theirs, format!("v1:{first}/99"), format!("v1:{first}/0"), "17".to_owned(), "v1:x".to_owned()] {
        let answer = watch(&given, first, &foreign).await;
        assert_refused(answer.map(drop), Reason::CursorInvalid);
    }
}

#[tokio::test]
async fn a_stream_ends_by_itself_and_without_an_error() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    given.refer().await;
    let brief = StreamAge::new(Duration::from_millis(300), CancellationToken::new());
    let app = Arc::new(App { streams: brief, ..App::clone(&given.app) });
    let partner = Rpc::new(app);
    let message = pb::WatchReferralsRequest::default();
    let changes = partner.watch_referrals(request(&given.clinic(clinic), message)).await.unwrap().into_inner();
    let sent: Vec<_> = wait_for("the stream ends", changes.collect()).await;
    assert!(sent.len() == 1 && sent[0].is_ok());
}
