//! A wallboard that is refreshed in part shows the same as after a full refresh.

use std::collections::BTreeMap;
use std::time::Duration;

use harborline_availability::{DispatchSettings, Rpc};
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::board_service_server::BoardService;
use harborline_proto::availability::v1::transfer_service_server::TransferService;
use harborline_proto::common::v1::Acuity;
use harborline_testkit::{counselor, request};
use harborline_types::ContactId;
use pb::Activity::{self, Available, Engaged, Offered, OnBreak, Reconnecting, WrappingUp};

use crate::fixture::{Given, OnDuty, a_counselor, id, unhurried};
use crate::wallboard::{Stream, next};

/// A step must be shown within this time: sooner than the full refresh that time alone causes, after five seconds.
const SOON: Duration = Duration::from_secs(4);

type Instant = Option<(i64, i32)>;

/// What a watcher knows after all messages. Without the figures of the day, which are read apart.
#[derive(Clone, Debug, Default, PartialEq)]
struct View {
    queue: Vec<(Acuity, i64, Instant)>,
    pages_open: i64,
    activities: Vec<(Activity, i64)>,
    counselors: BTreeMap<String, (String, Activity, Instant)>,
}

impl View {
    fn read(&mut self, message: pb::WatchBoardResponse) {
        let instant = |at: Option<prost_types::Timestamp>| at.map(|at| (at.seconds, at.nanos));
        self.queue =
            message.queue.iter().map(|given| (given.acuity(), given.waiting, instant(given.longest_since))).collect();
        self.pages_open = message.pages_open;
        self.activities = message.activities.iter().map(|count| (count.activity(), count.counselors)).collect();
        if message.snapshot {
            self.counselors.clear();
        }
        self.counselors.retain(|id, _| !message.off_duty_counselor_ids.contains(id));
        for one in message.counselors {
            let shown = (one.name.clone(), one.activity(), instant(one.since));
            self.counselors.insert(one.counselor_id, shown);
        }
    }

    fn doing(&self) -> Vec<(&str, Activity)> {
        self.counselors.iter().map(|(id, (_, activity, _))| (id.as_str(), *activity)).collect()
    }

    fn waiting(&self) -> i64 {
        self.queue.iter().map(|(_, waiting, _)| waiting).sum()
    }
}

async fn watch_at(services: &Rpc, given: &Given) -> Stream {
    let message = pb::WatchBoardRequest::default();
    services.watch_board(request(&given.administrator(), message)).await.unwrap().into_inner()
}

/// A watcher from the beginning.
struct Screen<'a> {
    given: &'a Given,
    stream: Stream,
    view: View,
}

impl<'a> Screen<'a> {
    async fn of(given: &'a Given) -> Self {
        Self { given, stream: watch_at(&given.services, given).await, view: View::default() }
    }

    /// What the first watcher of another replica is sent: that replica has read nothing before, so it reads everybody.
    async fn seen_at_another_replica(&self) -> View {
        let mut view = View::default();
        view.read(next(&mut watch_at(&self.given.silent_replica(), self.given).await).await);
        view
    }

    /// Waits until so many contacts wait and the counselors on duty do this, and another replica shows the same. Fails
    /// after [`SOON`].
    async fn until_shows(&mut self, waiting: i64, doing: &[(&str, Activity)]) {
        let mut other = View::default();
        let shown = async {
            loop {
                if self.view.waiting() == waiting && self.view.doing() == doing {
                    other = self.seen_at_another_replica().await;
                    if self.view == other {
                        return;
                    }
                }
                self.view.read(next(&mut self.stream).await);
            }
        };
        let in_time = tokio::time::timeout(SOON, shown).await;
        assert!(
            in_time.is_ok(),
            "{waiting} wait, {doing:?}; shown is {:?}, and another replica shows {other:?}",
            self.view
        );
    }
}

async fn set_break(given: &Given, counselor: &OnDuty, on_break: bool) {
    let message = pb::SetBreakRequest { request_id: id(), on_break };
    given.services.set_break(request(&counselor.call, message)).await.unwrap();
}

async fn give_to_ben(given: &Given, ana: &OnDuty, contact: ContactId) {
    let message = pb::RequestTransferRequest {
        request_id: id(),
        contact_id: contact.to_string(),
        kind: pb::TransferKind::Warm.into(),
        target: Some(pb::Target { who: Some(pb::target::Who::CounselorId("ben".to_owned())) }),
        asked_for: pb::AskedFor::ShiftEnd.into(),
    };
    given.services.request_transfer(request(&ana.call, message)).await.unwrap();
}

async fn complete(given: &Given, ana: &OnDuty, contact: ContactId) {
    let message = pb::CompleteTransferRequest { request_id: id(), contact_id: contact.to_string() };
    given.services.complete_transfer(request(&ana.call, message)).await.unwrap();
}

#[tokio::test]
async fn a_watcher_of_partial_refreshes_sees_what_a_new_watcher_of_another_replica_sees() {
    let given = Given::new(DispatchSettings { emergency_offers: 2, ..unhurried() }).await;
    let mut screen = Screen::of(&given).await;
    screen.until_shows(0, &[]).await;
    let mut ana = given.on_duty("ana").await;
    screen.until_shows(0, &[("ana", Available)]).await;
    let contact = given.enqueue(Acuity::High).await;
    screen.until_shows(1, &[("ana", Offered)]).await;
    let mut ben = given.on_duty("ben").await;
    screen.until_shows(1, &[("ana", Offered), ("ben", Available)]).await;
    let offer = ana.offer().await;
    ana.decline(&offer).await.unwrap();
    screen.until_shows(1, &[("ana", Available), ("ben", Offered)]).await;
    ben.take_next().await;
    screen.until_shows(0, &[("ana", Available), ("ben", Engaged)]).await;

    set_break(&given, &ana, true).await;
    screen.until_shows(0, &[("ana", OnBreak), ("ben", Engaged)]).await;
    let second = given.enqueue(Acuity::High).await;
    screen.until_shows(1, &[("ana", OnBreak), ("ben", Engaged)]).await;
    set_break(&given, &ana, false).await;
    screen.until_shows(1, &[("ana", Offered), ("ben", Engaged)]).await;
    ana.take_next().await;
    given.release(contact).await;
    screen.until_shows(0, &[("ana", Engaged), ("ben", WrappingUp)]).await;
    ben.finish(contact).await;
    screen.until_shows(0, &[("ana", Engaged), ("ben", Available)]).await;

    given.intake.until_told(&format!("assigned {second} 1 ana")).await;
    give_to_ben(&given, &ana, second).await;
    screen.until_shows(0, &[("ana", Engaged), ("ben", Offered)]).await;
    ben.take_next().await;
    screen.until_shows(0, &[("ana", Engaged), ("ben", Engaged)]).await;
    complete(&given, &ana, second).await;
    screen.until_shows(0, &[("ana", WrappingUp), ("ben", Engaged)]).await;
    given.release(second).await;
    ben.finish(second).await;
    ana.finish(second).await;
    screen.until_shows(0, &[("ana", Available), ("ben", Available)]).await;

    let raced = given.enqueue(Acuity::Emergency).await;
    screen.until_shows(1, &[("ana", Offered), ("ben", Offered)]).await;
    ana.take_next().await;
    screen.until_shows(0, &[("ana", Engaged), ("ben", Available)]).await;
    ben.leave().await;
    screen.until_shows(0, &[("ana", Engaged)]).await;
    drop(ana);
    screen.until_shows(0, &[("ana", Reconnecting)]).await;
    let ana = given.attend("ana").await;
    screen.until_shows(0, &[("ana", Engaged)]).await;
    ana.leave().await;
    given.release(raced).await;
    screen.until_shows(0, &[("ana", WrappingUp)]).await;
    ana.finish(raced).await;
    screen.until_shows(0, &[]).await;
}

#[tokio::test]
async fn a_round_at_another_replica_names_no_counselor_and_is_shown_nevertheless() {
    let mut given = Given::new(unhurried()).await;
    given.kill();
    let elsewhere = given.another_replica().await;
    let mut screen = Screen::of(&given).await;
    screen.until_shows(0, &[]).await;
    given.hire(a_counselor("ana")).await;
    let mut ana = OnDuty::attend(&elsewhere.services, counselor(given.program, "ana")).await;
    let contact = given.enqueue(Acuity::High).await;
    screen.until_shows(1, &[("ana", Offered)]).await;
    ana.take_next().await;
    screen.until_shows(0, &[("ana", Engaged)]).await;
    given.release(contact).await;
    screen.until_shows(0, &[("ana", WrappingUp)]).await;
    ana.finish(contact).await;
    screen.until_shows(0, &[("ana", Available)]).await;
}

#[tokio::test]
async fn a_counselor_who_does_not_reconnect_leaves_the_wallboard_with_the_round_that_ends_the_presence() {
    let given = Given::new(DispatchSettings { presence_grace_ms: 1_000, ..unhurried() }).await;
    let mut screen = Screen::of(&given).await;
    let ana = given.on_duty("ana").await;
    screen.until_shows(0, &[("ana", Available)]).await;
    drop(ana);
    screen.until_shows(0, &[("ana", Reconnecting)]).await;
    screen.until_shows(0, &[]).await;
}
