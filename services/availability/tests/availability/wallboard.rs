//! `WatchBoard`: the wallboard of a program.

use futures::StreamExt;
use futures::stream::BoxStream;
use harborline_availability::DispatchSettings;
use harborline_identity::Call;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::board_service_server::BoardService;
use harborline_proto::common::v1::{Acuity, Reason};
use harborline_testkit::{assert_refused, request, wait_for, wait_until};
use pb::Activity;
use tonic::Status;

use crate::fixture::{Given, a_counselor, unhurried};

pub(crate) type Stream = BoxStream<'static, Result<pb::WatchBoardResponse, Status>>;

pub(crate) async fn watch(given: &Given, call: &Call, cursor: &str) -> Stream {
    let message = pb::WatchBoardRequest { cursor: cursor.to_owned() };
    given.services.watch_board(request(call, message)).await.unwrap().into_inner()
}

pub(crate) async fn next(stream: &mut Stream) -> pb::WatchBoardResponse {
    wait_for("something is sent", stream.next()).await.expect("the stream goes on").unwrap()
}

/// The first message that meets the condition.
pub(crate) async fn until(
    stream: &mut Stream,
    meant: impl Fn(&pb::WatchBoardResponse) -> bool,
) -> pb::WatchBoardResponse {
    loop {
        let message = next(stream).await;
        if meant(&message) {
            return message;
        }
    }
}

pub(crate) fn waiting(message: &pb::WatchBoardResponse) -> Vec<i64> {
    message.queue.iter().map(|given| given.waiting).collect()
}

fn doing(message: &pb::WatchBoardResponse, name: &str) -> Option<Activity> {
    message.counselors.iter().find(|counselor| counselor.counselor_id == name).map(pb::BoardCounselor::activity)
}

#[tokio::test]
async fn a_wallboard_is_sent_whole_and_then_as_changes() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let _ben = given.on_duty("ben").await;
    let mut wallboard = watch(&given, &given.administrator(), "").await;
    let first = next(&mut wallboard).await;
    assert!(first.snapshot);
    assert_eq!((doing(&first, "ana"), doing(&first, "ben")), (Some(Activity::Available), Some(Activity::Available)));
    assert_eq!(waiting(&first), [0; 5]);
    let acuities: Vec<_> = first.queue.iter().map(pb::QueueLine::acuity).collect();
    assert_eq!(acuities.first(), Some(&Acuity::Emergency), "the most urgent first");

    let contact = given.enqueue(Acuity::High).await;
    let asked = until(&mut wallboard, |message| waiting(message) == [0, 0, 1, 0, 0]).await;
    assert!(!asked.snapshot);
    assert!(asked.queue[2].longest_since.is_some());
    assert_eq!(asked.counselors.len(), 1, "only the counselor whose activity has changed is sent again");
    ana.take_next().await;
    let taken = until(&mut wallboard, |message| doing(message, "ana") == Some(Activity::Engaged)).await;
    assert_eq!(waiting(&taken), [0; 5]);
    let today = until(&mut wallboard, |message| message.today.as_ref().is_some_and(|today| today.answered == 1)).await;
    let today = today.today.unwrap();
    assert_eq!((today.offered, today.service_level), (1, Some(1.0)));
    given.release(contact).await;
    until(&mut wallboard, |message| doing(message, "ana") == Some(Activity::WrappingUp)).await;
    ana.finish(contact).await;
    let free = until(&mut wallboard, |message| doing(message, "ana") == Some(Activity::Available)).await;
    let since = |message: &pb::WatchBoardResponse| message.counselors[0].since.map(|at| (at.seconds, at.nanos));
    assert!(since(&free) > since(&first), "since the wrap-up ended");
    ana.leave().await;
    let gone = until(&mut wallboard, |message| !message.off_duty_counselor_ids.is_empty()).await;
    assert_eq!(gone.off_duty_counselor_ids, ["ana"]);
    let left: i64 = gone.activities.iter().map(|activity| activity.counselors).sum();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn a_page_is_open_while_its_contact_waits() {
    let given = Given::new(DispatchSettings { page_after_ms: 50, ..unhurried() }).await;
    let mut wallboard = watch(&given, &given.administrator(), "").await;
    given.enqueue(Acuity::Emergency).await;
    let paged = until(&mut wallboard, |message| message.pages_open == 1).await;
    assert_eq!(waiting(&paged), [1, 0, 0, 0, 0]);
    let mut ana = given.on_duty("ana").await;
    ana.take_next().await;
    until(&mut wallboard, |message| message.pages_open == 0).await;
}

#[tokio::test]
async fn a_watcher_with_the_newest_cursor_is_sent_the_changes_and_with_any_other_the_whole_wallboard() {
    let given = Given::new(unhurried()).await;
    let mut stays = watch(&given, &given.administrator(), "").await;
    let first = next(&mut stays).await;
    let mut resumed = watch(&given, &given.administrator(), &first.cursor).await;
    given.enqueue(Acuity::High).await;
    let comes = until(&mut resumed, |message| message.snapshot || waiting(message)[2] == 1).await;
    assert!(!comes.snapshot, "what was seen is not sent again");
    let older = next(&mut watch(&given, &given.administrator(), &first.cursor).await).await;
    assert!(older.snapshot);
    let of_another_replica = format!("v1:{}.7", uuid::Uuid::new_v4().simple());
    assert!(next(&mut watch(&given, &given.administrator(), &of_another_replica).await).await.snapshot);
    for foreign in ["17", "v1:17", "v1:x.y"] {
        let message = pb::WatchBoardRequest { cursor: foreign.to_owned() };
        let refused = given.services.watch_board(request(&given.administrator(), message)).await;
        assert_refused(refused, Reason::CursorInvalid);
    }
}

#[tokio::test]
async fn a_slow_watcher_is_sent_the_newest_with_every_counselor_that_changed_since() {
    let given = Given::new(unhurried()).await;
    for name in ["ana", "ben", "cho"] {
        given.hire(a_counselor(name)).await;
    }
    let _ana = given.attend("ana").await;
    let (mut quick, mut slow) =
        (watch(&given, &given.administrator(), "").await, watch(&given, &given.administrator(), "").await);
    next(&mut quick).await;
    next(&mut slow).await;
    let _ben = given.attend("ben").await;
    until(&mut quick, |message| doing(message, "ben").is_some()).await;
    let _cho = given.attend("cho").await;
    until(&mut quick, |message| doing(message, "cho").is_some()).await;
    let message = next(&mut slow).await;
    assert!(!message.snapshot);
    assert_eq!(message.counselors.len(), 2, "both in one message: what came between was skipped");
}

#[tokio::test]
async fn hundreds_of_watchers_cost_the_database_one_reader() {
    let given = Given::new(unhurried()).await;
    let _ana = given.on_duty("ana").await;
    let mut watchers = Vec::new();
    for _ in 0..200 {
        watchers.push(watch(&given, &given.administrator(), "").await);
    }
    for watcher in &mut watchers {
        assert!(next(watcher).await.snapshot);
    }
    assert_eq!(given.app.wallboards_read(), 1);
    given.enqueue(Acuity::High).await;
    for watcher in &mut watchers {
        until(watcher, |message| waiting(message)[2] == 1).await;
    }
    drop(watchers);
    wait_until("a wallboard without watchers is not read", || async {
        (given.app.wallboards_read() == 0).then_some(())
    })
    .await;
    let mut again = watch(&given, &given.administrator(), "").await;
    assert!(next(&mut again).await.snapshot, "and a reader begins again");
}

#[tokio::test]
async fn a_wallboard_that_does_not_change_is_sent_again_after_a_while() {
    let given = Given::new(unhurried()).await;
    let mut wallboard = watch(&given, &given.administrator(), "").await;
    let first = next(&mut wallboard).await;
    let later = next(&mut wallboard).await;
    assert_eq!(later.cursor, first.cursor, "there is nothing new to resume from");
    assert!(later.at.unwrap().seconds > first.at.unwrap().seconds);
    assert!(!later.snapshot && later.counselors.is_empty());
}
